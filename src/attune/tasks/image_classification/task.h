#pragma once

#include "attune/tasks/check/check_options.h"
#include "attune/tasks/image_classification/apply.h"
#include "attune/tasks/task.h"

namespace attune {

/// One label, several labels or a number for a picture.
class ImageClassification : public Task {
 public:
  void add_options(config::Schema& schema, Verb verb) override;
  int train(config::Schema& schema) override;
  void evaluate(config::Schema& schema) override;
  void predict(config::Schema& schema) override;
  bool check_data(config::Schema& schema) override;

 private:
  ImageTrainSettings train_;
  ImageEvaluateSettings evaluate_;
  ImagePredictSettings predict_;
  CheckOptions check_;  ///< beside `train_`
};

}  // namespace attune
