#include "attune/eval/metrics/calibration/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "attune/base/error.h"

namespace attune {

Calibration::Calibration(int num_bins) {
  check(num_bins > 0, ErrorKind::internal, "calibration with {} bins, expected at least 1",
        num_bins);
  bins_.resize(static_cast<std::size_t>(num_bins));
}

void Calibration::add(double confidence, bool correct) {
  const auto last = static_cast<double>(bins_.size() - 1);
  // Bin i holds (i / n, (i + 1) / n], so the index is the ceiling less one; a confidence of 0,
  // which no bin holds, goes to the first.
  const double scaled = confidence * static_cast<double>(bins_.size());
  Bin& bin = bins_[static_cast<std::size_t>(std::clamp(std::ceil(scaled) - 1.0, 0.0, last))];
  ++bin.count;
  bin.confidence_sum += confidence;
  bin.correct += correct ? 1 : 0;
}

double Calibration::expected_calibration_error() const {
  double gap = 0.0, total = 0.0;
  for (const Bin& bin : bins_) {
    // Guo et al., equation 3: the sum over bins of n_b / n |accuracy_b - confidence_b|. With sums
    // in place of the two means n_b cancels, and an empty bin needs no exception.
    gap += std::abs(static_cast<double>(bin.correct) - bin.confidence_sum);
    total += static_cast<double>(bin.count);
  }
  return total > 0 ? gap / total : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace attune
