#include "attune/eval/metrics/labels/regression_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squared_deviation(const std::vector<double>& values) {
  const double center = mean(values);
  double total = 0.0;
  for (const double value : values) total += (value - center) * (value - center);
  return total;
}

bool constant(const std::vector<double>& values) {
  // Exactly, as SciPy: a computed variance of equal numbers need not be 0.
  return std::ranges::all_of(values, [&](double value) { return value == values.front(); });
}

}  // namespace

double pearson_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  check(a.size() == b.size(), ErrorKind::internal, "correlation of {} with {} values", a.size(),
        b.size());
  if (a.size() < 2 || constant(a) || constant(b)) return kUndefined;
  // In two passes: a sum of squares less a squared sum cancels where the mean is large.
  const double mean_a = mean(a), mean_b = mean(b);
  double aa = 0.0, bb = 0.0, ab = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double da = a[i] - mean_a, db = b[i] - mean_b;
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  // Two roots, as the product of both sums may overflow; rounding may pass 1.
  return std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0);
}

std::vector<double> average_ranks(const std::vector<float>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    // Positions begin+1 .. end share their mean.
    // Equal values share a rank, so that their order in the file changes nothing.
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

void RegressionMetrics::add(float prediction, float target) {
  check(std::isfinite(prediction) && std::isfinite(target), ErrorKind::data,
        "sample {}: prediction {} for target {}, expected finite numbers; has the model diverged?",
        num_samples(), prediction, target);
  const double error = static_cast<double>(prediction) - static_cast<double>(target);
  squared_error_ += error * error;
  absolute_error_ += std::abs(error);
  predictions_.push_back(prediction);
  targets_.push_back(target);
}

std::vector<MetricInfo> RegressionMetrics::infos() {
  return {{"mse", kFalls, kHeadline},
          {"rmse", kFalls},
          {"mae", kFalls},
          {"r2", kRises},
          {"pearson", kRises, kHeadline},
          {"spearman", kRises, kHeadline}};
}

MetricValues RegressionMetrics::values() const {
  if (targets_.empty()) return all_undefined(infos(), "there are no samples");
  MetricValues metrics;
  const auto samples = static_cast<double>(targets_.size());
  metrics.add("mse", squared_error_ / samples);
  metrics.add("rmse", std::sqrt(squared_error_ / samples));
  metrics.add("mae", absolute_error_ / samples);

  const std::vector<double> predictions(predictions_.begin(), predictions_.end());
  const std::vector<double> targets(targets_.begin(), targets_.end());
  const char* reason = constant(targets) ? "all targets are equal" : "all predictions are equal";
  // 1 - SS_residual / SS_total: below 0 for what is worse than the mean of the targets.
  metrics.add("r2",
              constant(targets) ? kUndefined : 1.0 - squared_error_ / squared_deviation(targets),
              reason);
  metrics.add("pearson", pearson_correlation(predictions, targets), reason);
  // Spearman's correlation is Pearson's of the ranks.
  metrics.add("spearman", pearson_correlation(average_ranks(predictions_), average_ranks(targets_)),
              reason);
  return metrics;
}

}  // namespace attune
