#pragma once

#include "attune/tasks/check/check_options.h"
#include "attune/tasks/speech_recognition/apply/options.h"
#include "attune/tasks/task.h"

namespace attune {

/// Text for a recording.
class SpeechRecognition : public Task {
 public:
  void add_options(config::Schema& schema, Verb verb) override;
  int train(config::Schema& schema) override;
  void evaluate(config::Schema& schema) override;
  void predict(config::Schema& schema) override;
  bool check_data(config::Schema& schema) override;

 private:
  SpeechTrainSettings train_;
  SpeechEvaluateSettings evaluate_;
  SpeechPredictSettings predict_;
  CheckOptions check_;  ///< beside `train_`
};

}  // namespace attune
