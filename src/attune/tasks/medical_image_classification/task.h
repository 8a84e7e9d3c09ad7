#pragma once

#include "attune/tasks/check/check_options.h"
#include "attune/tasks/image_classification/apply.h"
#include "attune/tasks/medical_image_classification/options.h"
#include "attune/tasks/task.h"

namespace attune {

/// Settings of `attune evaluate`.
struct MedicalEvaluateSettings : ImageEvaluateSettings {
  JudgingSettings judging;
  WindowSettings window;
  GroupingOptions grouping;  ///< intervals are drawn by patient
  SubgroupSettings subgroups;
};

/// Settings of `attune predict`.
struct MedicalPredictSettings : ImagePredictSettings {
  WindowSettings window;
};

/// Image classification for decisions about patients: calibrated probabilities, a threshold chosen
/// on validation data and kept with the model, results with intervals.
class MedicalImageClassification : public Task {
 public:
  void add_options(config::Schema& schema, Verb verb) override;
  int train(config::Schema& schema) override;
  void evaluate(config::Schema& schema) override;
  void predict(config::Schema& schema) override;
  bool check_data(config::Schema& schema) override;

 private:
  MedicalTrainSettings train_;
  MedicalEvaluateSettings evaluate_;
  MedicalPredictSettings predict_;
  CheckOptions check_;  ///< beside `train_`
};

}  // namespace attune
