#include "attune/eval/metrics/decisions/decision_json.h"

#include <cmath>

namespace attune {
namespace {

Json number(double value) {
  // JSON has no NaN.
  return std::isfinite(value) ? Json(value) : Json();
}

}  // namespace

Json to_json(const Estimate& estimate) {
  return {{"value", number(estimate.value)},
          {"low", number(estimate.low)},
          {"high", number(estimate.high)}};
}

Json to_json(const DecisionResults& results) {
  const BinaryCounts& counts = results.counts;
  return {
      {"true_positives", counts.true_positives},
      {"false_positives", counts.false_positives},
      {"true_negatives", counts.true_negatives},
      {"false_negatives", counts.false_negatives},
      {"auroc", to_json(results.auroc)},
      {"average_precision", to_json(results.average_precision)},
      {"accuracy", to_json(results.accuracy)},
      {"sensitivity", to_json(results.sensitivity)},
      {"specificity", to_json(results.specificity)},
      {"ppv", to_json(results.ppv)},
      {"npv", to_json(results.npv)},
      {"balanced_accuracy", number(counts.balanced_accuracy())},
      {"youden", number(counts.youden())},
      {"chosen_specificity", results.chosen_specificity},
      {"sensitivity_at_specificity", number(results.sensitivity_at_specificity)},
      {"bootstrap_resamples", results.resamples},
      {"bootstrap_of_clusters", results.clustered},
      {"operating_point", results.operating_point ? to_json(*results.operating_point) : Json()}};
}

Json to_json(const GroupMetrics& group) {
  return {{"samples", group.counts.total()},
          {"positives", group.counts.positives()},
          {"auroc", to_json(group.auroc)},
          {"accuracy", to_json(group.accuracy)},
          {"sensitivity", to_json(group.sensitivity)},
          {"specificity", to_json(group.specificity)}};
}

}  // namespace attune
