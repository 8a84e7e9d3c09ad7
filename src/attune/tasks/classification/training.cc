#include "attune/tasks/classification/training.h"

#include <utility>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/train/schedule/timeline.h"

namespace attune {
void find_classification_problems(const ClassificationSettings& settings, ProblemType problem,
                                  bool has_validation, config::Problems& problems) {
  find_run_problems(settings, has_validation, problems);
  const LossOptions& loss = settings.loss;
  for (std::string& text : find_loss_problems(problem, settings.train.label_smoothing_factor,
                                              loss.focal_gamma, !loss.class_weights.empty())) {
    problems.add(std::move(text));
  }
  try {
    check_class_weights(loss.class_weights);
  } catch (const Error& error) {
    problems.add(error.what());
  }
  if (settings.threshold.threshold && problem != ProblemType::multi_label_classification) {
    problems.add("--threshold is for --problem-type multi_label_classification");
  }
  if (loss.balanced_sampling && problem != ProblemType::single_label_classification) {
    problems.add(
        "--balanced-sampling draws examples by their class: it needs one class for each example");
  }
}

RunFacts label_run_facts(const ClassificationSettings& settings, const LabelFacts& facts,
                         const Targets& targets, const EvaluationInput* validation) {
  RunFacts run{.metrics = metric_infos(facts.problem, facts.labels),
               .sampling = sampler_options(settings.train)};
  // Told before training, where a run is to go by one of them.
  if (validation != nullptr) {
    run.undefined_metrics = undefined_metrics(facts.problem, facts.labels, validation->targets);
  }
  if (settings.loss.balanced_sampling) {
    const auto* const ids = targets.const_data_ptr<std::int64_t>();
    run.sampling.balance_classes.assign(ids, ids + targets.numel());
  }
  // What the numbers depend on and the training loop, which knows no labels, cannot see.
  run.fingerprint = {{"labels", facts.labels},
                     {"problem_type", config::enum_name(facts.problem)},
                     {"class_weights", settings.loss.class_weights},
                     {"focal_gamma", settings.loss.focal_gamma},
                     {"balanced_sampling", settings.loss.balanced_sampling}};
  // Metrics decide which model is kept. Runs from before there was a choice go on.
  if (settings.threshold.threshold) run.fingerprint["threshold"] = settings.threshold.value();
  return run;
}

ClassificationLoss training_loss(const ClassificationSettings& settings, const LabelFacts& facts) {
  const LossSettings loss{
      .class_weights = parse_class_weights(settings.loss.class_weights, facts.train_classes),
      .label_smoothing = settings.train.label_smoothing_factor,
      .focal_gamma = settings.loss.focal_gamma};
  return ClassificationLoss(facts.problem, loss);
}

PartEvaluation::PartEvaluation(nn::Module& model, EvaluationInput input,
                               const ClassificationSettings& settings)
    : model_(&model),
      input_(std::move(input)),
      options_{.batch_size = settings.train.per_device_eval_batch_size,
               .max_mistakes = settings.report.report_mistakes,
               // Thresholds, intervals and pooled folds are computed from them afterwards.
               .keep_logits = true} {
  input_.threshold = settings.threshold.value();
}

const ClassificationEvaluation& PartEvaluation::evaluate(std::int64_t first_trained_group,
                                                         const std::string& activity) {
  options_.first_trained_group = first_trained_group;
  options_.activity = activity;
  last_.emplace(evaluate_classifier(*model_, input_, options_));
  return *last_;
}

Evaluate evaluate_function(std::optional<PartEvaluation>& part) {
  if (!part) return {};
  // The run asks while the part lives, and reads its last result from it.
  return [&part](std::int64_t first, const std::string& activity) -> const Evaluation& {
    return part->evaluate(first, activity);
  };
}

}  // namespace attune
