#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "attune/data/audio/audio_dataset.h"
#include "attune/data/audio/recordings/piece_reader.h"
#include "attune/media/audio/sinc_resampler.h"

namespace attune {

/// How many samples `ClipStream` gives. Decodes the recording: a header only promises.
std::int64_t count_samples(const AudioExample& example, std::int64_t sampling_rate);

/// What `read_clip` reads, at another sample rate and piece by piece, so that its length costs no
/// memory.
class ClipStream {
 public:
  ClipStream(const AudioExample& example, std::int64_t sampling_rate);

  /// Appends `count` samples to `samples`; fewer only at the end. Throws as `read_clip`.
  void read(std::int64_t count, std::vector<float>& samples);

 private:
  void fill();

  PieceReader reader_;
  SincResampler resampler_;
  std::vector<float> block_, ready_;
  std::size_t taken_ = 0;  ///< of what is ready
  bool is_finished_ = false;
};

}  // namespace attune
