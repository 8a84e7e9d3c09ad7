#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/metrics/labels/regression_metrics.h"
#include "attune/nn/module.h"
#include "attune/tasks/classification/loss.h"
#include "attune/tasks/run/evaluation.h"

namespace attune {

/// A wrongly predicted example; `badness` orders them (the probability of the wrong label, or the
/// absolute error).
struct Mistake {
  std::int64_t example = 0;
  double badness = 0;
  /// The label it is most wrong about: where an example has one label, that it is called.
  std::int64_t label = 0;
  std::vector<float> probabilities;
  /// The labels it is called, where thresholds decide; else the most probable one, or those of at
  /// least one half.
  std::optional<std::vector<std::int64_t>> called = {};
};

using LabelMetrics = std::variant<ClassificationMetrics, MultilabelMetrics, RegressionMetrics>;

/// Everything one evaluation found out.
struct ClassificationEvaluation : Evaluation {
  explicit ClassificationEvaluation(LabelMetrics empty) : metrics(std::move(empty)) {}

  LabelMetrics metrics;
  std::vector<Mistake> mistakes;  ///< the worst first
  at::Tensor logits;  ///< float [samples, labels] by example; defined where they were asked for
  /// Of two classes, by example: the one that a threshold calls it. Empty where the most probable
  /// class is taken.
  std::vector<std::int64_t> called = {};
};

/// What `ClassificationEvaluation::values` can have, in that order.
std::vector<MetricInfo> metric_infos(ProblemType problem, const std::vector<std::string>& labels);

/// The metrics that no model can have on data with these targets, each with the reason (AUROC where
/// a label is on every sample or on none): to be told before training where a run is to go by one.
/// Constant predictions, which leave a correlation undefined too, cannot be foreseen.
std::vector<std::pair<std::string, std::string>> undefined_metrics(
    ProblemType problem, const std::vector<std::string>& labels, const Targets& targets);

/// Replaces metrics and values, but for the loss, by those of other decisions than the most
/// probable label or one half: `called` holds for each sample the labels it is called (where it has
/// one, just that). `scores`: float [samples, labels], contiguous. Requires a classification.
void recount(ClassificationEvaluation& evaluation, const at::Tensor& scores, const Targets& targets,
             const std::vector<std::vector<std::int64_t>>& called);

/// Labelled examples, and a way to their logits.
struct EvaluationInput {
  ProblemType problem = ProblemType::single_label_classification;
  std::vector<std::string> labels;
  Targets targets;
  double threshold = 0.5;  ///< several labels: each is found where its probability reaches this
  std::string unit = "examples";  ///< what progress counts
  /// What an example costs: batches go from the longest to the shortest.
  std::vector<std::int64_t> lengths;
  /// Float [examples, labels]. Groups below `first_trained_group` are frozen: what comes out of
  /// them may come from a cache.
  std::function<at::Tensor(std::span<const std::int64_t> examples,
                           std::int64_t first_trained_group)>
      logits;
  /// If there: is told of batches that will be asked for soon, in their order.
  std::function<void(std::span<const std::int64_t> examples, std::int64_t first_trained_group)>
      announce;
};

struct EvaluationOptions {
  std::int64_t batch_size = 64;
  std::int64_t max_mistakes = 20;
  bool keep_logits = false;
  std::int64_t first_trained_group = 0;
  std::string activity = "evaluate";  ///< names the progress bar
};

/// Runs `model` over all examples, in evaluation mode and without gradients, and streams what comes
/// out into metrics. The mode of each of its modules is restored.
ClassificationEvaluation evaluate_classifier(nn::Module& model, const EvaluationInput& input,
                                             const EvaluationOptions& options);

/// What `model` says of all examples: float [examples, labels] on the CPU, contiguous.
at::Tensor probabilities_of(nn::Module& model, const EvaluationInput& input,
                            std::int64_t batch_size);

}  // namespace attune
