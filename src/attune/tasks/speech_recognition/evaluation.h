#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "attune/data/audio/audio_dataset.h"
#include "attune/eval/metrics/text/error_rates.h"
#include "attune/tasks/run/evaluation.h"
#include "attune/tasks/speech_recognition/apply/speech_decoder.h"
#include "attune/tasks/speech_recognition/speech_feed.h"
#include "attune/tasks/speech_recognition/step.h"

namespace attune {

/// What was understood of transcribed recordings.
struct SpeechEvaluation : Evaluation {
  std::vector<std::string> hypotheses;  ///< by example
  ErrorRates rates;                     ///< by example
  std::vector<Estimate> intervals;      ///< of "wer" and "cer"
};

/// All that an evaluation may give: "loss", "wer", "cer", ...
std::vector<MetricInfo> speech_metrics();

struct SpeechEvaluationOptions {
  double batch_seconds = 40;
  std::int64_t first_trained_group = 0;
  std::string activity = "evaluate";
};

/// Recognises transcribed recordings and compares. Its loss is the mean over clips of the CTC loss
/// divided by the transcript's length, of those clips that have frames enough for theirs. The
/// references must outlive the object.
class SpeechEvaluator {
 public:
  SpeechEvaluator(CtcModel& model, const AudioDataset& data, const AudioProcessor& processor,
                  const CtcVocabulary& vocabulary, const SpeechDecoder& decoder,
                  const SpeechFeed::Options& feed);

  SpeechEvaluation evaluate(const SpeechEvaluationOptions& options);

 private:
  struct Losses {
    double sum = 0;
    std::int64_t count = 0;
  };

  void take_batch(std::span<const std::int64_t> examples, std::int64_t first_trained_group,
                  SpeechEvaluation& result, Losses& losses);
  void add_intervals(SpeechEvaluation& result) const;

  CtcModel& model_;
  const AudioDataset& data_;
  const AudioProcessor& processor_;
  const SpeechDecoder& decoder_;
  SpeechTargets targets_;
  WaveformSource source_;
  SpeechFeed feed_;
};

}  // namespace attune
