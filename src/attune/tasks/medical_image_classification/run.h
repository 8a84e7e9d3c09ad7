#pragma once

#include <string>
#include <vector>

#include "attune/tasks/image_classification/run.h"
#include "attune/tasks/medical_image_classification/decision.h"

namespace attune {

/// Image classification whose outputs become decisions: calibrated probabilities, a threshold
/// chosen on the validation data, and what both are worth with intervals.
class MedicalImageRun : public ImageRun {
 public:
  /// The references must outlive the run.
  MedicalImageRun(MedicalTrainSettings& settings, config::Schema& schema, ImageSplits splits);

 protected:
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
  std::vector<DecisionResults> results_;  ///< of the last part judged
};

/// Adds `sensitivity`, `auroc_low` ... where there is one decision, and the calibration error that
/// the temperature leaves (`ece_calibrated`).
void add_decision_values(const ScoredData& data, const Decision& decision,
                         const std::vector<DecisionResults>& results, MetricValues& values);

/// The window, where both numbers are given (`user` where just one is), NIfTI's slice, the frame.
PictureOptions picture_options(const WindowSettings& window);

}  // namespace attune
