#include "attune/eval/metrics/labels/confusion_matrix.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "attune/base/error.h"

namespace attune {

ConfusionMatrix::ConfusionMatrix(std::int64_t num_classes) {
  check(num_classes > 0, ErrorKind::internal, "confusion matrix of {} classes, expected at least 1",
        num_classes);
  support_.resize(static_cast<std::size_t>(num_classes));
  predicted_ = correct_ = support_;
}

void ConfusionMatrix::add(std::int64_t label, std::int64_t prediction) {
  ++support_.at(static_cast<std::size_t>(label));
  ++predicted_.at(static_cast<std::size_t>(prediction));
  ++total_;
  // Only pairs that occur are kept: with thousands of classes almost none do.
  if (label == prediction) {
    ++correct_[static_cast<std::size_t>(label)];
  } else {
    ++errors_[label * num_classes() + prediction];
  }
}

std::int64_t ConfusionMatrix::correct() const {
  return std::accumulate(correct_.begin(), correct_.end(), std::int64_t{0});
}

std::int64_t ConfusionMatrix::count(std::int64_t label, std::int64_t prediction) const {
  if (label == prediction) return correct_.at(static_cast<std::size_t>(label));
  const auto found = errors_.find(label * num_classes() + prediction);
  return found == errors_.end() ? 0 : found->second;
}

std::vector<ConfusionMatrix::Confusion> ConfusionMatrix::most_confused(std::size_t limit) const {
  std::vector<Confusion> pairs;
  pairs.reserve(errors_.size());
  for (const auto& [key, count] : errors_) {
    pairs.push_back({key / num_classes(), key % num_classes(), count});
  }
  // By label and prediction where counts are equal: the table's own order is that of a hash.
  std::ranges::sort(pairs, [](const Confusion& a, const Confusion& b) {
    return std::tuple(-a.count, a.label, a.prediction) <
           std::tuple(-b.count, b.label, b.prediction);
  });
  if (pairs.size() > limit) pairs.resize(limit);
  return pairs;
}

double ConfusionMatrix::matthews_correlation() const {
  // Gorodkin 2004 by the sums of the matrix: with t_k samples of class k, p_k predicted as it, c
  // right of s, R_K = (c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2)). In floating
  // point: products of four counts do not fit 64 bits.
  double both = 0.0, predicted_squares = 0.0, support_squares = 0.0;
  for (std::size_t i = 0; i < support_.size(); ++i) {
    const auto support = static_cast<double>(support_[i]);
    const auto predicted = static_cast<double>(predicted_[i]);
    both += support * predicted;
    predicted_squares += predicted * predicted;
    support_squares += support * support;
  }
  const auto total = static_cast<double>(total_);
  const double denominator =
      (total * total - predicted_squares) * (total * total - support_squares);
  if (denominator == 0.0) return 0.0;
  return (static_cast<double>(correct()) * total - both) / std::sqrt(denominator);
}

}  // namespace attune
