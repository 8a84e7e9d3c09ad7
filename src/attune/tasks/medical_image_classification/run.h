#pragma once

#include <string>
#include <vector>

#include "attune/tasks/image_classification/run.h"
#include "attune/tasks/medical_image_classification/judge.h"

namespace attune {

/// Image classification whose outputs become decisions: calibrated probabilities, a threshold
/// chosen on the validation data, and what both are worth with intervals.
class MedicalImageRun : public ImageRun {
 public:
  /// The references must outlive the run.
  MedicalImageRun(MedicalTrainSettings& settings, config::Schema& schema, ImageSplits splits);

 protected:
  ClassificationFacts load_model_and_data() override;
  PictureOptions picture_options() const override;
  void judge(ClassificationEvaluation& evaluation, EvaluatedPart part) override;
  void complete_report(ReportData& report, const ClassificationEvaluation* evaluation,
                       EvaluatedPart part) override;

 private:
  /// What calls a sample, in words.
  std::string decided_by() const;
  ScoredData scored(const ClassificationEvaluation& evaluation, EvaluatedPart part) const;

  MedicalTrainSettings& settings_;
  Decision decision_;
  JudgedDecisions judged_;  ///< of the last part judged
};

/// Throws `user` for a problem without labels to decide on.
void refuse_regression(ProblemType problem);

/// The window, where both numbers are given (`user` where just one is), NIfTI's slice, the frame.
PictureOptions picture_options(const WindowSettings& window);

}  // namespace attune
