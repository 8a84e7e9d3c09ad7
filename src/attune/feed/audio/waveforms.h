#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/data/audio/audio_dataset.h"
#include "attune/feed/prefetcher.h"
#include "attune/media/audio/augment.h"
#include "attune/nn/speech/packed_audio.h"

namespace attune {

/// From the recordings of a data set to samples at a model's rate, not normalised yet.
class WaveformSource {
 public:
  /// Recordings as they are. `dataset` must outlive the object.
  WaveformSource(const AudioDataset& dataset, std::int64_t sampling_rate);
  /// Recordings as they are trained on, changed at random by `augment`.
  WaveformSource(const AudioDataset& dataset, std::int64_t sampling_rate,
                 const AudioAugmentOptions& augment);

  /// Whether an example's samples differ from epoch to epoch.
  bool is_random() const { return augment_.changes_audio(); }
  /// Throws what reading the recording throws; `data` names the clip's line. For many threads at
  /// once.
  std::vector<float> load(const SampleKey& key) const;

 private:
  Waveform read(std::int64_t example) const;

  const AudioDataset& dataset_;
  std::int64_t sampling_rate_;
  AudioAugmentOptions augment_;
};

/// Decodes recordings ahead of their use. `source` must outlive the result; `threads` 0 means all
/// cores.
using WaveformLoader = Prefetcher<std::vector<std::vector<float>>>;
WaveformLoader waveform_loader(const WaveformSource& source, std::uint64_t seed,
                               std::int64_t threads);

/// Clips end to end.
PackedAudio pack_waveforms(std::span<const std::vector<float>> clips);

/// Divides the clips of a batch at random into strings of 1 to `most`, each of one speaker's clips:
/// positions in the batch, string by string. `speakers`: one number a clip. The same for the same
/// `rng`.
std::vector<std::vector<std::int64_t>> join_clips(std::span<const std::int64_t> speakers,
                                                  std::int64_t most, const Rng& rng);

}  // namespace attune
