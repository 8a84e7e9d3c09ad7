#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/metrics/decisions/score_table.h"
#include "attune/eval/metrics/decisions/scored_column.h"
#include "attune/eval/metrics/labels/class_scores.h"
#include "attune/eval/metrics/labels/confusion_matrix.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

struct ClassificationMetricsOptions {
  std::int64_t max_ranking_scores = kMaxRankingScores;
};

/// Metrics of single-label classification, one sample at a time; equal to scikit-learn's. Memory is
/// constant but for the scores AUROC needs (see `ScoreTable`).
///
/// Names: `accuracy`, `f1`, `precision`, `recall` (two classes: of class 1, scikit-learn's
/// `average="binary"`; more: macro), the three as `_macro`, `_micro`, `_weighted`, `mcc`, `auroc`,
/// `average_precision` (two classes: of class 1; more: one-vs-rest, macro), `auroc_weighted` (more
/// than two), `log_loss` (float32's epsilon), `ece`, `brier`.
class ClassificationMetrics {
 public:
  using Options = ClassificationMetricsOptions;

  /// Requires at least two names.
  explicit ClassificationMetrics(std::vector<std::string> label_names, const Options& options = {});

  /// `probabilities`: one a class, finite, in [0, 1] up to rounding, summing to 1. The prediction
  /// is the first of the largest. Throws `data` where they are not finite or not in [0, 1],
  /// `internal` for a wrong number of them or a label outside [0, classes).
  void add(std::span<const float> probabilities, std::int64_t label);
  /// The same for a prediction that is made otherwise, e.g. by a threshold. Calibration stays that
  /// of the largest probability.
  void add(std::span<const float> probabilities, std::int64_t label, std::int64_t prediction);

  /// Everything `values` can give, as defined or undefined.
  std::vector<MetricInfo> infos() const;
  MetricValues values() const;

  std::int64_t num_samples() const { return confusion_.total(); }
  const std::vector<std::string>& label_names() const { return label_names_; }
  const ConfusionMatrix& confusion() const { return confusion_; }
  const Calibration& calibration() const { return calibration_; }
  /// All classes, in the order of `label_names`.
  std::vector<ClassScores> per_class() const { return class_scores(confusion_); }

  /// False where there were too many scores to keep: then the two below throw `user`.
  bool has_scores() const { return !scores_.overflowed(); }
  /// The class against all others.
  ScoredColumn column(std::int64_t label) const;
  /// For each sample whether it was predicted as the class (1, 0).
  std::vector<std::uint8_t> called(std::int64_t label) const;

 private:
  bool binary() const { return label_names_.size() == 2; }
  void add_ranking_values(MetricValues& metrics) const;

  std::vector<std::string> label_names_;
  ConfusionMatrix confusion_;
  Calibration calibration_;
  ScoreTable scores_;
  std::vector<std::int32_t> labels_, predictions_;
  double log_loss_sum_ = 0.0, brier_sum_ = 0.0;
};

}  // namespace attune
