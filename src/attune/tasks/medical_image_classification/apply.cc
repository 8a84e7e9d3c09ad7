#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/data/image/image_parts.h"
#include "attune/data/image/pictures/picture_groups.h"
#include "attune/kernels/linear.h"
#include "attune/tasks/classification/results/prediction.h"
#include "attune/tasks/image_classification/step.h"
#include "attune/tasks/medical_image_classification/judge.h"
#include "attune/tasks/medical_image_classification/subgroups.h"
#include "attune/tasks/medical_image_classification/task.h"
#include "attune/tasks/medical_image_classification/training.h"

namespace attune {
namespace {

/// Opens the model, and refuses one that does not decide.
template <typename Settings>
SavedImageClassifier open_saved(const Settings& settings) {
  SavedImageClassifier saved =
      open_saved_classifier(settings.pretrained, settings.model, settings.labels, settings.input,
                            picture_options(settings.window), settings.apply.device);
  refuse_regression(saved.problem);
  return saved;
}

/// What is stored with the model; a model of another origin has nothing.
Decision stored_decision(const SavedImageClassifier& saved) {
  if (fs::exists(saved.path / kDecisionFile)) {
    return load_decision(saved.path, saved.problem, saved.own_labels);
  }
  const bool is_largest =
      saved.problem == ProblemType::single_label_classification && saved.labels.size() > 2;
  log_warning(
      "{} has no {}, which training by this task leaves: probabilities are not calibrated, and {} "
      "decides",
      saved.path.string(), kDecisionFile, is_largest ? "the largest" : "one half");
  return plain_decision(saved.problem, saved.labels);
}

/// The stored one, but for a threshold that the user gives for all labels.
Decision decision_of(const SavedImageClassifier& saved, const ThresholdOption& option) {
  Decision decision = stored_decision(saved);
  if (!option.threshold) return decision;
  check(!decision.points.empty(), ErrorKind::user,
        "--threshold decides between two labels, or for each of several; of {} the largest decides",
        saved.labels.size());
  for (Decision::ClassPoint& item : decision.points) item.point.threshold = *option.threshold;
  return decision;
}

/// `label` and `labels` by the stored thresholds instead of one half.
Json decide(std::span<const float> scores, ProblemType problem,
            const std::vector<std::string>& labels, const Decision& decision,
            const PredictionOptions& options) {
  Json line = describe_prediction(scores, problem, labels, options);
  if (decision.points.empty()) return line;
  const auto is_found = [&](const Decision::ClassPoint& item) {
    return static_cast<double>(scores[static_cast<std::size_t>(item.label)]) >=
           item.point.threshold;
  };
  if (problem == ProblemType::multi_label_classification) {
    line["labels"] = Json::array();
    for (const Decision::ClassPoint& item : decision.points) {
      if (is_found(item)) {
        line["labels"].push_back(labels[static_cast<std::size_t>(item.label)]);
      }
    }
    return line;
  }
  const Decision::ClassPoint& item = decision.points.front();
  // Of two classes the threshold is the positive one's; what it does not call is the other.
  const std::int64_t label = is_found(item) ? item.label : 1 - item.label;
  line["label"] = labels[static_cast<std::size_t>(label)];
  line["score"] = scores[static_cast<std::size_t>(label)];
  line["threshold"] = item.point.threshold;
  return line;
}

}  // namespace

void MedicalImageClassification::evaluate(config::Schema& schema) {
  evaluate_.columns.subgroup_column = evaluate_.subgroups.subgroup_column;
  find_evaluate_problems(evaluate_, schema);
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(evaluate_.apply));
  // The stored decision is applied, never chosen anew: on the data it is judged on it would look
  // too good.
  SavedImageClassifier opened = open_saved(evaluate_);
  const Decision decision = stored_decision(opened);
  AppliedClassifier applied = evaluate_saved(evaluate_, std::move(opened), schema);
  check_subgroups(applied.data);
  const ImageDataSource source{evaluate_.data.data_dir, evaluate_.data.manifest,
                               evaluate_.data.data_file, evaluate_.data.root};
  // Training's regular expression need not fit the names of other data.
  group_pictures({{"test", &applied.data, source.path_root()}}, evaluate_.grouping, MustMatch::no);
  const SavedImageClassifier& saved = applied.saved;
  const ScoredData data{.problem = saved.problem,
                        .labels = saved.labels,
                        .targets = targets_of(applied.data, saved.problem),
                        .logits = applied.evaluation.logits};
  judge_evaluation(applied.evaluation, data, applied.data, decision, evaluate_.judging, 0);
  show_evaluation(evaluate_, applied);
}

void MedicalImageClassification::predict(config::Schema& schema) {
  find_predict_problems(predict_, schema);
  schema.problems().throw_if_any();
  const Bf16Scope products(begin_computing(predict_.apply));
  SavedImageClassifier saved = open_saved(predict_);
  const Decision decision = decision_of(saved, predict_.prediction.threshold);
  std::vector<AnswerColumn> columns =
      prediction_columns(saved.problem, saved.labels, predict_.prediction);
  if (saved.problem == ProblemType::single_label_classification && !decision.points.empty()) {
    columns.push_back(key_column("threshold"));
  }
  PredictionStyle style{.probabilities =
                            [problem = saved.problem, decision](const at::Tensor& logits) {
                              return calibrated_probabilities(logits, problem,
                                                              decision.temperature);
                            },
                        .describe =
                            [problem = saved.problem, labels = saved.labels, decision,
                             options = predict_.prediction](std::span<const float> scores) {
                              return decide(scores, problem, labels, decision, options);
                            },
                        .columns = std::move(columns)};
  predict_images(predict_, std::move(saved), std::move(style), schema);
}

}  // namespace attune
