#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/labels/confusion_matrix.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

/// Precision, recall and F1 of one class, or an average of several. A score whose denominator is 0
/// (never predicted, never in the data) is 0, as scikit-learn's `zero_division=0`.
struct ClassScores {
  double precision = 0.0;
  double recall = 0.0;
  double f1 = 0.0;
  std::int64_t support = 0;  ///< samples whose true class it is
};

/// `true_positives` of `predicted` samples given this class and `support` that have it.
ClassScores class_scores(std::int64_t true_positives, std::int64_t predicted, std::int64_t support);

/// One entry a class.
std::vector<ClassScores> class_scores(const ConfusionMatrix& confusion);

/// Unweighted mean; all zero for an empty span.
ClassScores macro_average(std::span<const ClassScores> scores);
/// Mean weighted by support; all zero where there is no support.
ClassScores weighted_average(std::span<const ClassScores> scores);

/// Adds `f1`, `precision` and `recall`, each with the suffix.
void add_scores(MetricValues& metrics, const ClassScores& scores, const std::string& suffix);
/// What `add_scores` adds; only F1 can be a headline.
void add_score_infos(std::vector<MetricInfo>& infos, const std::string& suffix, bool headline);

/// The classes scikit-learn averages over when no `labels` are given: those that occur in the data
/// or among the predictions.
std::vector<ClassScores> scores_of_seen_classes(const ConfusionMatrix& confusion);

}  // namespace attune
