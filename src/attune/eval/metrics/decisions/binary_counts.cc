#include "attune/eval/metrics/decisions/binary_counts.h"

#include <limits>

namespace attune {
namespace {

double share(std::int64_t part, std::int64_t whole) {
  // NaN, not 0: a rate of nothing would look like the worst result.
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double BinaryCounts::accuracy() const {
  return share(true_positives + true_negatives, total());
}
double BinaryCounts::sensitivity() const {
  return share(true_positives, positives());
}
double BinaryCounts::specificity() const {
  return share(true_negatives, negatives());
}
double BinaryCounts::ppv() const {
  return share(true_positives, true_positives + false_positives);
}
double BinaryCounts::npv() const {
  return share(true_negatives, true_negatives + false_negatives);
}
double BinaryCounts::balanced_accuracy() const {
  // The mean of the two classes' recalls: guessing gives 0.5 whatever their sizes.
  return 0.5 * (sensitivity() + specificity());
}
double BinaryCounts::youden() const {
  // Youden 1950: 0 for guessing, 1 without an error.
  return sensitivity() + specificity() - 1.0;
}

BinaryCounts count_decisions(std::span<const ScoredSample> samples, double threshold) {
  BinaryCounts counts;
  for (const ScoredSample& sample : samples) {
    const bool called = static_cast<double>(sample.score) >= threshold;
    if (sample.positive) {
      ++(called ? counts.true_positives : counts.false_negatives);
    } else {
      ++(called ? counts.false_positives : counts.true_negatives);
    }
  }
  return counts;
}

}  // namespace attune
