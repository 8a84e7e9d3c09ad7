#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/json.h"
#include "attune/eval/metrics/decisions/threshold_curve.h"

namespace attune {

/// How the threshold that turns a probability into a decision is found.
struct ThresholdRule {
  enum class Kind { youden, specificity, sensitivity, fixed };
  Kind kind = Kind::fixed;
  double value = 0.5;  ///< the rate that is asked for, or the fixed threshold

  bool operator==(const ThresholdRule&) const = default;
};

/// `youden`, `specificity=0.9`, `sensitivity=0.95` or a threshold in [0, 1]. Throws `user`.
ThresholdRule parse_threshold_rule(std::string_view text);
/// The text that gives the rule back.
std::string to_string(const ThresholdRule& rule);

/// A threshold, and what it achieved on the data it was chosen on (rates NaN where that data has
/// none of their class). A sample is called positive where its probability is at least `threshold`.
struct OperatingPoint {
  double threshold = 0.5;
  ThresholdRule rule;
  double sensitivity = 0.0, specificity = 0.0;
  std::int64_t positives = 0, negatives = 0;
};

/// Applies the rule to validation scores (probabilities in [0, 1]):
/// - `youden`: the largest sensitivity + specificity; of equal ones the highest threshold, as
///   `argmax` over scikit-learn's `roc_curve`;
/// - `specificity`: the largest sensitivity at a specificity of at least `value`;
/// - `sensitivity`: the largest specificity at a sensitivity of at least `value`.
/// The threshold lies half way between the lowest score called positive and the highest called
/// negative, so that rounding (another batch size, another processor) turns no decision over.
/// Throws `data` unless both classes are there (fixed thresholds need none).
OperatingPoint choose_operating_point(std::vector<ScoredSample> validation,
                                      const ThresholdRule& rule);

/// What the rule `specificity` reaches on the samples of the curve. Throws as
/// `choose_operating_point`.
double sensitivity_at_specificity(const ThresholdCurve& curve, double specificity);

/// `{"threshold": 0.31, "rule": "youden", "sensitivity": ..., ...}`; a NaN is `null`.
Json to_json(const OperatingPoint& point);
/// Reads it back; throws `data` with `where` (file and key) for anything else.
OperatingPoint operating_point_from_json(const Json& json, const std::string& where);

}  // namespace attune
