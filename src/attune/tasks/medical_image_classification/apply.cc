#include <cmath>
#include <optional>

#include <ATen/Parallel.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/tasks/classification/prediction.h"
#include "attune/tasks/image_classification/step.h"
#include "attune/tasks/medical_image_classification/decided.h"
#include "attune/tasks/medical_image_classification/run.h"
#include "attune/tasks/medical_image_classification/subgroups.h"
#include "attune/tasks/medical_image_classification/task.h"

namespace attune {
namespace {

/// What is stored with the model; without a file (a model of another origin) the most probable
/// class is taken, and probabilities are as they are.
Decision stored_decision(const fs::path& folder, const std::vector<std::string>& labels) {
  return fs::exists(folder / kDecisionFile) ? load_decision(folder, labels) : Decision();
}

/// `label` and `labels` by the stored thresholds instead of one half.
Json decide(std::span<const float> scores, const SavedImageClassifier& saved,
            const Decision& decision) {
  Json line = describe_prediction(scores, saved.problem, saved.labels);
  if (decision.points.empty()) return line;
  const auto is_found = [&](const Decision::ClassPoint& item) {
    return static_cast<double>(scores[static_cast<std::size_t>(item.label)]) >=
           item.point.threshold;
  };
  if (saved.problem == ProblemType::multi_label_classification) {
    line["labels"] = Json::array();
    for (const Decision::ClassPoint& item : decision.points) {
      if (is_found(item)) {
        line["labels"].push_back(saved.labels[static_cast<std::size_t>(item.label)]);
      }
    }
    return line;
  }
  const Decision::ClassPoint& item = decision.points.front();
  const std::int64_t label = is_found(item) ? item.label : 1 - item.label;
  line["label"] = saved.labels[static_cast<std::size_t>(label)];
  line["score"] = scores[static_cast<std::size_t>(label)];
  line["threshold"] = item.point.threshold;
  return line;
}

}  // namespace

void MedicalImageClassification::evaluate(config::Schema& schema) {
  evaluate_.columns.subgroup_column = evaluate_.subgroups.subgroup_column;
  AppliedClassifier applied = evaluate_saved(evaluate_, picture_options(evaluate_.window), schema);
  check_subgroups(applied.data);
  const SavedImageClassifier& saved = applied.saved;
  const ScoredData data{.problem = saved.problem,
                        .labels = saved.labels,
                        .targets = targets_of(applied.data, saved.problem),
                        .logits = applied.evaluation.logits};
  const Decision decision = stored_decision(saved.path, saved.labels);
  std::vector<std::int64_t> clusters;
  if (applied.data.has_groups()) clusters = applied.data.group_ids();
  const std::vector<DecisionResults> results =
      judge_decision(data, decision, evaluate_.decision, clusters);
  decide_by_thresholds(applied.evaluation, data, decision, 0);
  add_decision_values(data, decision, results, applied.evaluation.values);
  const std::vector<GroupResults> by_subgroup =
      results_by_subgroup(data, applied.data, decision, evaluate_.decision);
  Json more = Json::object();
  if (!by_subgroup.empty()) more["eval_subgroups"] = subgroups_to_json(by_subgroup);
  show_evaluation(evaluate_, applied, more);
  if (!by_subgroup.empty()) log_info("{}", subgroups_text(by_subgroup));
}

void MedicalImageClassification::predict(config::Schema& schema) {
  find_predict_problems(predict_, schema.problems());
  schema.problems().throw_if_any();
  if (predict_.apply.threads > 0) at::set_num_threads(static_cast<int>(predict_.apply.threads));
  const SavedImageClassifier saved =
      open_saved_classifier(predict_.pretrained, predict_.model, picture_options(predict_.window));
  const Decision decision = stored_decision(saved.path, saved.labels);
  predict_images(
      predict_, saved,
      {.probabilities =
           [&](const at::Tensor& logits) {
             return calibrated_probabilities(logits, saved.problem, decision.temperature);
           },
       .describe = [&](std::span<const float> scores) { return decide(scores, saved, decision); }});
}

}  // namespace attune
