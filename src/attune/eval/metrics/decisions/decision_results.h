#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/decisions/binary_counts.h"
#include "attune/eval/metrics/decisions/operating_point.h"
#include "attune/eval/metrics/intervals/interval.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

struct DecisionOptions {
  /// A sample is given the class where its probability reaches this threshold; or, where a
  /// classifier names the most probable of several classes, `called` says for each sample (1, 0)
  /// whether it named this one. Exactly one of the two.
  std::optional<OperatingPoint> operating_point;
  std::span<const std::uint8_t> called;
  double chosen_specificity = 0.9;  ///< for `sensitivity_at_specificity`
  std::int64_t resamples = 1000;    ///< 0: AUROC and average precision without an interval
  std::uint64_t seed = 42;
  /// One a sample, e.g. the patient: the bootstrap then draws clusters. Empty: it draws samples
  /// within each class.
  std::span<const std::int64_t> clusters;
};

/// What the decisions for one class are worth.
struct DecisionResults {
  std::string class_name;
  std::optional<OperatingPoint> operating_point;  ///< absent: decided by the largest probability
  BinaryCounts counts;
  /// Percentile bootstrap.
  Estimate auroc, average_precision;
  /// Wilson's intervals; with clusters the bootstrap's, but for a rate of 0 or 1, which no resample
  /// moves: that has Wilson's, a cluster counting once.
  Estimate accuracy, sensitivity, specificity, ppv, npv;
  double chosen_specificity = 0.0;
  /// Of these samples; NaN with one class only.
  double sensitivity_at_specificity = std::numeric_limits<double>::quiet_NaN();
  std::int64_t resamples = 0;
  bool clustered = false;
  /// For drawing; empty with one class only.
  std::vector<RocPoint> roc;
  std::vector<PrecisionRecallPoint> precision_recall;
};

/// `samples`: of one class against all others, as `ScoredColumn`. Without any, nothing is defined.
/// Throws `internal` for wrong sizes.
DecisionResults decision_results(std::string class_name, std::span<const ScoredSample> samples,
                                 const DecisionOptions& options);

/// Adds `sensitivity`, `specificity`, `ppv`, `npv`, `balanced_accuracy`, `youden`,
/// `sensitivity_at_specificity`, `auroc_low`, `auroc_high`, and `threshold` where there is one.
void add_decision_metrics(MetricValues& metrics, const DecisionResults& results);
/// What `add_decision_metrics` adds; the threshold, which is no merit, is not among them.
std::vector<MetricInfo> decision_metric_infos();

/// Leaves out points nearer to the last kept one than a line's width in a drawing; keeps the ends.
std::vector<RocPoint> thinned(const std::vector<RocPoint>& curve);
std::vector<PrecisionRecallPoint> thinned(const std::vector<PrecisionRecallPoint>& curve);

}  // namespace attune
