#include "attune/tasks/medical_image_classification/run.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/tasks/medical_image_classification/decided.h"
#include "attune/tasks/medical_image_classification/subgroups.h"

namespace attune {

PictureOptions picture_options(const WindowSettings& window) {
  check(window.window_center.has_value() == window.window_width.has_value(), ErrorKind::user,
        "give both --window-center and --window-width, or neither");
  PictureOptions options;
  options.slice.axis = static_cast<int>(window.slice_axis);
  options.slice.index = window.slice_index;
  options.frame = window.frame_index;
  if (window.window_center) {
    const double center = *window.window_center, width = *window.window_width;
    options.window = {center, width};
    options.slice.window = {center - width / 2, center + width / 2};
  }
  return options;
}

void add_decision_values(const ScoredData& data, const Decision& decision,
                         const std::vector<DecisionResults>& results, MetricValues& values) {
  if (results.size() == 1) add_decision_metrics(values, results.front());
  const CalibrationScores scores = calibration_scores(labelled_logits(data), decision.temperature);
  values.add("ece_calibrated", scores.calibration.expected_calibration_error());
}

MedicalImageRun::MedicalImageRun(MedicalTrainSettings& settings, config::Schema& schema,
                                 ImageSplits splits)
    : ImageRun("medical-image-classification", settings, schema, std::move(splits)),
      settings_(settings) {}

PictureOptions MedicalImageRun::picture_options() const {
  return attune::picture_options(settings_.window);
}

std::string MedicalImageRun::decided_by() const {
  if (decision_.points.empty()) return "";
  std::vector<std::string> thresholds;
  for (const Decision::ClassPoint& item : decision_.points) {
    thresholds.push_back(fmt::format("{} from a probability of {:.4g} on",
                                     facts().labels[static_cast<std::size_t>(item.label)],
                                     item.point.threshold));
  }
  return fmt::format("Decided by the stored threshold: {}. So are accuracy, F1, precision, recall.",
                     join(thresholds, ", "));
}

ScoredData MedicalImageRun::scored(const ClassificationEvaluation& evaluation,
                                   EvaluatedPart part) const {
  return {.problem = facts().problem,
          .labels = facts().labels,
          .targets = targets_of(data_of(part), facts().problem),
          .logits = evaluation.logits};
}

void MedicalImageRun::judge(ClassificationEvaluation& evaluation, EvaluatedPart part) {
  const ScoredData data = scored(evaluation, part);
  if (part == EvaluatedPart::validation) {
    decision_ = choose_decision(data, settings_.decision);
    keep_file(kDecisionFile, dump_json(decision_to_json(decision_, data.labels)));
  }
  const ImageDataset& pictures = data_of(part);
  std::vector<std::int64_t> clusters;
  if (pictures.has_groups()) clusters = pictures.group_ids();
  results_ = judge_decision(data, decision_, settings_.decision, clusters);
  decide_by_thresholds(evaluation, data, decision_, settings_.eval.report_mistakes);
  add_decision_values(data, decision_, results_, evaluation.values);
}

void MedicalImageRun::complete_report(ReportData& report,
                                      const ClassificationEvaluation* evaluation,
                                      EvaluatedPart part) {
  ImageRun::complete_report(report, evaluation, part);
  report.title = "Medical image classification";
  if (evaluation == nullptr) return;
  report.decisions = results_;
  if (report.classes) report.classes->decided_by = decided_by();
  const ScoredData data = scored(*evaluation, part);
  report.group_results = results_by_subgroup(data, data_of(part), decision_, settings_.decision);
  const LabelledLogits logits = labelled_logits(data);
  if (settings_.decision.temperature_scaling) {
    report.temperature =
        TemperatureResults{.temperature = decision_.temperature,
                           .fitted_on = decision_.fitted_on,
                           .before = calibration_scores(logits, 1),
                           .after = calibration_scores(logits, decision_.temperature)};
  }
}

}  // namespace attune
