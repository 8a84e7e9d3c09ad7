#include "attune/eval/metrics/intervals/interval.h"

#include <algorithm>
#include <cmath>

namespace attune {

Estimate wilson_interval(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return {};
  constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
  const auto n = static_cast<double>(whole);
  const double p = static_cast<double>(part) / n;
  // Wilson 1927: the proportions q that a test at q itself does not reject, i.e. those between the
  // roots of |p - q| = z sqrt(q (1 - q) / n). Unlike p plus or minus z sqrt(p (1 - p) / n) they lie
  // in [0, 1], and the interval has a width where p is 0 or 1.
  const double center = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  // The ends are exact where rounding would let the interval miss its value.
  return {p, part == 0 ? 0.0 : std::max(0.0, center - half),
          part == whole ? 1.0 : std::min(1.0, center + half)};
}

}  // namespace attune
