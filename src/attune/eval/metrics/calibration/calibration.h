#pragma once

#include <cstdint>
#include <vector>

namespace attune {

/// Reliability diagram and expected calibration error over equal-width bins of the confidence (the
/// probability of the predicted class), bin i = (i/n, (i+1)/n]. Guo et al. 2017,
/// https://arxiv.org/abs/1706.04599, section 2.
class Calibration {
 public:
  explicit Calibration(int num_bins = 15);

  /// `confidence` in [0, 1].
  void add(double confidence, bool correct);

  struct Bin {
    std::int64_t count = 0;
    double confidence_sum = 0.0;
    std::int64_t correct = 0;
    double mean_confidence() const { return confidence_sum / static_cast<double>(count); }
    double accuracy() const { return static_cast<double>(correct) / static_cast<double>(count); }
  };
  const std::vector<Bin>& bins() const { return bins_; }

  /// Mean over samples of |accuracy - confidence| of their bin; NaN without samples.
  double expected_calibration_error() const;

 private:
  std::vector<Bin> bins_;
};

}  // namespace attune
