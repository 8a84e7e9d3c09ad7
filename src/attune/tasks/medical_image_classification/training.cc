#include "attune/tasks/medical_image_classification/training.h"

#include <memory>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/tasks/medical_image_classification/judge.h"
#include "attune/tasks/medical_image_classification/subgroups.h"

namespace attune {
namespace {

/// The decisions of one training: chosen on the validation data, judged on what is evaluated.
class Decisions {
 public:
  explicit Decisions(const MedicalTrainSettings& settings) : settings_(settings) {}

  void warn_of_one_sided_labels(const ImageTraining& training) const;
  void judge(ImageTraining& training, EvaluatedPart part);
  /// What the report says of them.
  DecidedResults results(const ImageTraining& training, EvaluatedPart part) const;

 private:
  /// What calls a sample, in words.
  std::string decided_by(const std::vector<std::string>& labels) const;

  const MedicalTrainSettings& settings_;
  Decision decision_;
  JudgedDecisions judged_;  ///< of the last part judged
};

/// Without logits before the part is evaluated.
ScoredData scored(const ImageTraining& training, EvaluatedPart part, const at::Tensor& logits) {
  return {.problem = training.problem(),
          .labels = training.labels(),
          .targets = training.evaluation(part).input().targets,
          .logits = logits};
}

void Decisions::warn_of_one_sided_labels(const ImageTraining& training) const {
  std::vector<std::string> names;
  const ScoredData validation = scored(training, EvaluatedPart::validation, {});
  for (const std::int64_t label : one_sided_labels(validation, settings_.decision)) {
    names.push_back(training.labels()[static_cast<std::size_t>(label)]);
  }
  if (names.empty()) return;
  log_warning(
      "every sample of the validation data, or none, is of {}: no threshold can be chosen, and a "
      "probability of one half decides",
      join(names, ", "));
}

std::string Decisions::decided_by(const std::vector<std::string>& labels) const {
  if (decision_.points.empty()) return "";
  std::vector<std::string> thresholds;
  for (const Decision::ClassPoint& item : decision_.points) {
    thresholds.push_back(fmt::format("{} from a probability of {:.4g} on",
                                     labels[static_cast<std::size_t>(item.label)],
                                     item.point.threshold));
  }
  return fmt::format("Decided by the stored threshold: {}. So are accuracy, F1, precision, recall.",
                     join(thresholds, ", "));
}

void Decisions::judge(ImageTraining& training, EvaluatedPart part) {
  ClassificationEvaluation& evaluation = training.evaluation(part).last();
  const ScoredData data = scored(training, part, evaluation.logits);
  // Chosen on the validation data, which come first; the test data only judge what was chosen.
  if (part == EvaluatedPart::validation) {
    decision_ = choose_decision(data, settings_.decision);
    write_file_atomically(fs::path(settings_.train.output_dir) / kDecisionFile,
                          dump_json(decision_to_json(decision_, data.labels)));
  }
  judged_ = judge_evaluation(evaluation, data, training.data(part), decision_, settings_.judging,
                             settings_.report.report_mistakes);
}

DecidedResults Decisions::results(const ImageTraining& training, EvaluatedPart part) const {
  DecidedResults results{.decisions = {.results = judged_.results, .groups = judged_.subgroups},
                         .decided_by = decided_by(training.labels())};
  // Curves of before and after show nothing where nothing was fitted.
  if (!settings_.decision.temperature_scaling) return results;
  const LabelledLogits logits =
      labelled_logits(scored(training, part, training.evaluation(part).last().logits));
  results.decisions.temperature =
      TemperatureResults{.temperature = decision_.temperature,
                         .fitted_on = decision_.fitted_on,
                         .before = calibration_scores(logits, 1),
                         .after = calibration_scores(logits, decision_.temperature)};
  return results;
}

}  // namespace

ImageTask medical_task(const MedicalTrainSettings& settings, const ImageParts& splits) {
  // A hub model's own problem type was not known before.
  refuse_regression(settings.model.problem_type.value_or(ProblemType::single_label_classification));
  check(splits.validation.has_value(), ErrorKind::user,
        "the decision threshold is chosen on validation data: give --validation-split, "
        "--validation-dir or a split column");
  // Before training: results by subgroup are made at its end.
  for (const auto& [name, pictures] : splits.parts()) check_subgroups(*pictures);
  const std::string& positive = settings.decision.positive_label;
  if (!positive.empty()) positive_label_id(positive, splits.train.label_names);
  // Shared by the functions below, and by nothing else: a fold gets its own.
  auto decisions = std::make_shared<Decisions>(settings);
  return {
      .name = "medical-image-classification",
      .title = "Medical image classification",
      .pictures = picture_options(settings.window),
      .begin =
          [decisions](const ImageTraining& training) {
            decisions->warn_of_one_sided_labels(training);
          },
      .judge = [decisions](ImageTraining& training,
                           EvaluatedPart part) { decisions->judge(training, part); },
      .decided = [decisions](const ImageTraining& training,
                             EvaluatedPart part) { return decisions->results(training, part); }};
}

PictureOptions picture_options(const WindowSettings& window) {
  check(window.window_center.has_value() == window.window_width.has_value(), ErrorKind::user,
        "give both --window-center and --window-width, or neither");
  PictureOptions options;
  options.slice.plane = window.slice_axis;
  options.slice.index = window.slice_index;
  options.frame = window.frame_index;
  options.prefer = window.voi_transform;
  if (window.window_center) {
    options.window = {*window.window_center, *window.window_width};
  }
  return options;
}

void refuse_regression(ProblemType problem) {
  check(problem != ProblemType::regression, ErrorKind::user,
        "a regression gives no decisions: use --task image-classification");
}

}  // namespace attune
