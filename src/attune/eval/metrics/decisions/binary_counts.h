#pragma once

#include <cstdint>
#include <span>

#include "attune/eval/metrics/labels/confusion_matrix.h"
#include "attune/eval/metrics/labels/ranking.h"

namespace attune {

/// Decisions of one class against all others, and the rates a clinic reads off them. A rate whose
/// denominator is 0 is NaN: there is no such thing as the sensitivity to a disease nobody has.
struct BinaryCounts {
  std::int64_t true_positives = 0, false_positives = 0, true_negatives = 0, false_negatives = 0;

  std::int64_t positives() const { return true_positives + false_negatives; }
  std::int64_t negatives() const { return true_negatives + false_positives; }
  std::int64_t total() const { return positives() + negatives(); }

  double accuracy() const;
  double sensitivity() const;        ///< recall of the positives
  double specificity() const;        ///< recall of the negatives
  double ppv() const;                ///< positive predictive value: precision
  double npv() const;                ///< negative predictive value
  double balanced_accuracy() const;  ///< mean of sensitivity and specificity
  double youden() const;             ///< sensitivity + specificity - 1

  bool operator==(const BinaryCounts&) const = default;
};

/// A sample is called positive where its score is at least `threshold`.
BinaryCounts count_decisions(std::span<const ScoredSample> samples, double threshold);

}  // namespace attune
