#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "attune/eval/metrics/classification_metrics.h"
#include "attune/eval/metrics/multilabel_metrics.h"
#include "attune/eval/metrics/regression_metrics.h"
#include "attune/tasks/text_classification/frozen_features.h"
#include "attune/tasks/text_classification/loss.h"
#include "attune/tasks/text_classification/text_data.h"

namespace attune {

/// A wrongly predicted example; `badness` orders them (the probability of the wrong label, or the
/// absolute error).
struct Mistake {
  std::int64_t example = 0;
  double badness = 0;
  std::vector<float> probabilities;
};

/// Everything one evaluation found out.
struct TextEvaluation {
  MetricValues values;  ///< "loss" first, then the task's metrics
  std::variant<ClassificationMetrics, MultilabelMetrics, RegressionMetrics> metrics;
  std::vector<Mistake> mistakes;  ///< the worst first
  double runtime = 0;             ///< seconds
  std::int64_t samples = 0, tokens = 0;
};

/// The names that `TextEvaluation::values` can have.
std::vector<std::string> metric_names(ProblemType problem, const std::vector<std::string>& labels);

/// One metric a line, for a terminal.
std::string metrics_table(const TextEvaluation& evaluation);
/// `eval_accuracy`, ..., `eval_runtime`, `eval_samples_per_second` for the prefix "eval_".
Json evaluation_json(const TextEvaluation& evaluation, const std::string& prefix);

struct TextEvaluatorOptions {
  std::int64_t batch_size = 64;
  std::int64_t max_mistakes = 20;
  std::int64_t cache_bytes = 0;
  fs::path cache_folder;
};

/// Runs a model over labelled texts, longest first, and streams what comes out into metrics.
class TextEvaluator {
 public:
  /// The references must outlive the object.
  TextEvaluator(SequenceClassifier& model, const TextData& data, ProblemType problem,
                std::vector<std::string> labels, const TextEvaluatorOptions& options);

  /// In evaluation mode and without gradients; the model's mode is restored. Below
  /// `first_trained_group` features are taken from a cache of their own. `activity` names the
  /// progress bar.
  TextEvaluation run(std::int64_t first_trained_group, const std::string& activity);

 private:
  SequenceClassifier& model_;
  const TextData& data_;
  ProblemType problem_;
  std::vector<std::string> labels_;
  TextEvaluatorOptions options_;
  ClassificationLoss loss_;
  FrozenFeatures frozen_;
};

}  // namespace attune
