#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/data/audio/audio_dataset.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"
#include "attune/models/speech/ctc_model.h"
#include "attune/tasks/speech_recognition/options.h"
#include "attune/tasks/speech_recognition/speech_feed.h"
#include "attune/train/step.h"

namespace attune {

/// The transcripts of a data set as a model writes them.
struct SpeechTargets {
  std::vector<std::vector<std::int64_t>> labels;  ///< by example
  std::int64_t blank = 0;
  std::int64_t separator = -1;  ///< between words; -1: there is none
};

SpeechTargets targets_of(const AudioDataset& data, const CtcVocabulary& vocabulary);

/// Labels of several clips end to end, as ctc_loss takes them.
struct PackedLabels {
  at::Tensor labels;  ///< int64
  std::vector<std::int64_t> offsets = {0};

  void add(std::span<const std::int64_t> clip);
  void pack();  ///< makes `labels` of what was added

 private:
  std::vector<std::int64_t> values_;
};

/// Trains a speech recogniser: the task's side of the training loop.
class SpeechRecognitionStep : public TrainStep {
 public:
  struct Options {
    std::int64_t join_clips = 1;
    ClipLoss loss = ClipLoss::mean;
    bool zero_infinity = true;
  };

  /// The references must outlive the object.
  SpeechRecognitionStep(CtcModel& model, const AudioDataset& train, const AudioProcessor& processor,
                        const WaveformSource& source, SpeechTargets targets, const Options& options,
                        const SpeechFeed::Options& feed);

  nn::Module& model() override { return model_; }
  /// In samples.
  std::vector<std::int64_t> example_lengths() const override;
  std::string_view length_unit() const override { return "audio_seconds"; }
  double lengths_per_unit() const override {
    return static_cast<double>(processor_.sampling_rate());
  }
  /// Clips.
  std::optional<double> known_weight(Examples examples) const override {
    return static_cast<double>(examples.size());
  }
  void announce(Examples examples, const StepContext& context) override;
  Loss loss(Examples examples, const StepContext& context) override;
  std::string example_name(std::int64_t example) const override {
    return train_.source_name(example);
  }

 private:
  std::vector<std::vector<std::int64_t>> strings_of(Examples examples,
                                                    const StepContext& context) const;

  CtcModel& model_;
  const AudioDataset& train_;
  const AudioProcessor& processor_;
  SpeechTargets targets_;
  Options options_;
  std::vector<std::int64_t> speakers_;
  SpeechFeed feed_;
};

}  // namespace attune
