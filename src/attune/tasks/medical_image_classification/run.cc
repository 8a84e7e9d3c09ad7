#include "attune/tasks/medical_image_classification/run.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/strings.h"

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

void refuse_regression(ProblemType problem) {
  check(problem != ProblemType::regression, ErrorKind::user,
        "a regression gives no decisions: use --task image-classification");
}

MedicalImageRun::MedicalImageRun(MedicalTrainSettings& settings, config::Schema& schema,
                                 ImageSplits splits)
    : ImageRun("medical-image-classification", settings, schema, std::move(splits)),
      settings_(settings) {}

ClassificationFacts MedicalImageRun::load_model_and_data() {
  ClassificationFacts facts = ImageRun::load_model_and_data();
  const ScoredData validation{
      .problem = facts.problem, .labels = facts.labels, .targets = validation_targets()};
  std::vector<std::string> names;
  for (const std::int64_t label : one_sided_labels(validation, settings_.decision)) {
    names.push_back(facts.labels[static_cast<std::size_t>(label)]);
  }
  if (!names.empty()) {
    log_warning(
        "the validation data has no sample with, or none without {}: no threshold can be chosen, "
        "and a probability of one half decides",
        join(names, ", "));
  }
  return facts;
}

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
    write_file_atomically(fs::path(settings_.train.output_dir) / kDecisionFile,
                          dump_json(decision_to_json(decision_, data.labels)));
  }
  judged_ = judge_evaluation(evaluation, data, data_of(part), decision_, settings_.judging,
                             settings_.eval.report_mistakes);
}

void MedicalImageRun::complete_report(ReportData& report,
                                      const ClassificationEvaluation* evaluation,
                                      EvaluatedPart part) {
  ImageRun::complete_report(report, evaluation, part);
  report.title = "Medical image classification";
  if (evaluation == nullptr) return;
  report.decisions = judged_.results;
  report.group_results = judged_.subgroups;
  if (report.classes) report.classes->decided_by = decided_by();
  const LabelledLogits logits = labelled_logits(scored(*evaluation, part));
  if (settings_.decision.temperature_scaling) {
    report.temperature =
        TemperatureResults{.temperature = decision_.temperature,
                           .fitted_on = decision_.fitted_on,
                           .before = calibration_scores(logits, 1),
                           .after = calibration_scores(logits, decision_.temperature)};
  }
}

}  // namespace attune
