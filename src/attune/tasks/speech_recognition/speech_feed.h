#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "attune/adapt/frozen_features.h"
#include "attune/feed/audio/waveforms.h"
#include "attune/media/audio/audio_processor.h"
#include "attune/models/speech/ctc_model.h"
#include "attune/train/step.h"

namespace attune {

/// A batch on its way into a model.
struct SpeechBatch {
  PackedAudio audio;  ///< the samples are left out where the state stands for them
  Activations state;  ///< what enters the first trained group; nothing for group 0
};

/// Recordings on their way into a model, with the features of its frozen part kept where they do
/// not change from epoch to epoch.
class SpeechFeed {
 public:
  struct Options {
    std::int64_t threads = 0;             ///< that decode; 0: all cores
    std::shared_ptr<CacheBudget> budget;  ///< of the features; null: they are kept in a file
    fs::path cache_folder;
    std::uint64_t seed = 0;  ///< of random changes
    bool keeps_features = true;
  };

  /// The references must outlive the object.
  SpeechFeed(CtcModel& model, const AudioProcessor& processor, const WaveformSource& source,
             std::int64_t examples, const Options& options);
  SpeechFeed(const SpeechFeed&) = delete;
  SpeechFeed& operator=(const SpeechFeed&) = delete;

  void announce(Examples examples, const StepContext& context);
  /// Each example a clip.
  SpeechBatch batch(Examples examples, const StepContext& context);
  /// Clips made of several examples each: `strings` has positions in `examples`.
  SpeechBatch joined(Examples examples, const StepContext& context,
                     std::span<const std::vector<std::int64_t>> strings);

 private:
  bool is_cached(const StepContext& context) const {
    return keeps_features_ && context.examples_recur && context.first_trained_group > 0;
  }
  ExampleRows compute(std::span<const std::int64_t> examples, std::int64_t first_trained_group);
  SpeechBatch pack(std::vector<std::vector<float>> clips, std::int64_t first_trained_group);

  CtcModel& model_;
  const AudioProcessor& processor_;
  WaveformLoader loader_;
  bool keeps_features_;
  std::int64_t examples_, least_samples_;
  std::vector<std::int64_t> samples_;  ///< of each example, known when its features are
  FrozenFeatures frozen_;
};

/// The least samples that `model` makes a frame of.
std::int64_t least_samples(const CtcModel& model);

}  // namespace attune
