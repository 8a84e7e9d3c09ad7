#pragma once

#include <cstdint>
#include <vector>

#include "attune/eval/metrics/metric_values.h"

namespace attune {

/// Metrics of a single regression target, equal to scikit-learn's and SciPy's. Keeps each pair as
/// two floats: Spearman ranks all of them, and the report draws them.
///
/// Names: `mse`, `rmse`, `mae`, `r2`, `pearson`, `spearman` (ties get their average rank). `r2` and
/// the correlations are undefined on a constant target; the correlations also on constant
/// predictions.
class RegressionMetrics {
 public:
  /// Throws `data` where one of them is not finite.
  void add(float prediction, float target);

  /// Everything `values` can give, as defined or undefined.
  static std::vector<MetricInfo> infos();
  MetricValues values() const;

  std::int64_t num_samples() const { return static_cast<std::int64_t>(targets_.size()); }
  const std::vector<float>& predictions() const { return predictions_; }
  const std::vector<float>& targets() const { return targets_; }

 private:
  std::vector<float> predictions_, targets_;
  double squared_error_ = 0.0, absolute_error_ = 0.0;
};

/// Pearson's correlation; NaN where one side is constant or there are fewer than two pairs.
/// Requires equal sizes.
double pearson_correlation(const std::vector<double>& a, const std::vector<double>& b);

/// Ranks from 1; equal values share the average of theirs.
std::vector<double> average_ranks(const std::vector<float>& values);

}  // namespace attune
