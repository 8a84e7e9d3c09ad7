#pragma once

#include <memory>
#include <optional>
#include <string>

#include "attune/data/audio/audio_parts.h"
#include "attune/tasks/run/fine_tuning.h"
#include "attune/tasks/speech_recognition/evaluation.h"
#include "attune/tasks/speech_recognition/speech_model.h"

namespace attune {

/// What a run learns from and is measured on, and what it must not forget.
struct SpeechParts {
  AudioParts audio;
  std::optional<AudioDataset> replay, old;
};

/// Whether the frames of a clip hold an alignment of its transcript.
bool has_frames_enough(const AudioExample& example, const OpenedSpeechModel& opened);

/// Leaves out the clips that have too few frames for their transcripts, which no alignment fits:
/// they become bad rows, with the reason. Throws `data` where nothing is left.
void leave_out_short_clips(AudioDataset& data, const OpenedSpeechModel& opened);

/// One training of a speech recogniser: model, recordings and step joined for `fine_tune`.
class SpeechTraining {
 public:
  /// Opens the model and leaves out of `parts` what it cannot learn from. The references must
  /// outlive the object.
  SpeechTraining(const SpeechTrainSettings& settings, const config::Schema& schema,
                 OpenedSpeechModel opened, SpeechParts parts);
  SpeechTraining(const SpeechTraining&) = delete;
  SpeechTraining& operator=(const SpeechTraining&) = delete;

  /// Returns the signal that stopped it, or 0.
  int run();

 private:
  struct Part;

  std::unique_ptr<Part> make_part(const std::optional<AudioDataset>& data);
  SpeechFeed::Options feed_options() const;
  Evaluate evaluate_function(std::unique_ptr<Part>& part);
  RunFacts facts() const;
  void check_batch_seconds() const;
  Report report(const FinishedRun& run) const;

  const SpeechTrainSettings& settings_;
  const config::Schema& schema_;
  OpenedSpeechModel opened_;
  AudioParts parts_;
  std::optional<AudioDataset> old_data_;
  std::int64_t replay_from_ = -1;  ///< the first old example of the training part
  std::int64_t replayed_ = 0;      ///< old ones in an epoch
  std::shared_ptr<CacheBudget> cache_budget_;
  std::string data_text_;
  std::optional<FineTunedFolder> folder_;
  std::optional<WaveformSource> train_source_;
  std::optional<SpeechDecoder> decoder_;
  std::unique_ptr<SpeechRecognitionStep> step_;
  std::unique_ptr<Part> validation_, test_, old_;
};

}  // namespace attune
