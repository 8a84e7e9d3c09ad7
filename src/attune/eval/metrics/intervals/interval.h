#pragma once

#include <cstdint>
#include <limits>

namespace attune {

/// A value with its 95 % confidence interval; NaN where it is not defined.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

/// `part` of `whole` independent trials with Wilson's score interval (1927), as SciPy's
/// `binomtest(part, whole).proportion_ci(method="wilson")`. Undefined without trials.
Estimate wilson_interval(std::int64_t part, std::int64_t whole);

}  // namespace attune
