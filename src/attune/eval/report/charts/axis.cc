#include "attune/eval/report/charts/axis.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {
namespace {

// The smallest of 1, 2, 5 x 10^k that cuts `range` into at most `max_ticks` - 1 pieces.
double round_step(double range, int max_ticks) {
  // Divided by a power of ten the raw step lies in [1, 10): the next of 1, 2, 5, 10 is the smallest
  // that gives no more ticks than asked. The tolerance keeps a raw step that is 2 but for rounding
  // at 2.
  const double raw = range / std::max(1, max_ticks - 1);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw * (1 - 1e-9)) return factor * power;
  }
  return 10.0 * power;
}

void spread_if_equal(double& low, double& high) {
  // Relative to the values: 1e20 and the next number are equal for a drawing.
  const double least = std::max({std::abs(low), std::abs(high), 1e-12}) * 1e-9;
  if (high - low > least) return;
  const double margin = low == 0.0 ? 1.0 : std::abs(low) * 0.5;
  low -= margin;
  high += margin;
}

}  // namespace

std::vector<double> Axis::ticks() const {
  std::vector<double> result;
  // Whole multiples of the step, counted and multiplied: adding the step up would drift. Adding 0.0
  // turns -0 into 0, which has no sign to print.
  const double first = std::ceil(low / step - 1e-6);
  const double last = std::floor(high / step + 1e-6);
  for (double i = first; i <= last; i += 1.0) result.push_back(i * step + 0.0);
  return result;
}

std::string Axis::label(double tick) const {
  if (std::abs(tick) < step * 1e-6) return "0";
  if (step < 1e-4 || std::abs(tick) >= 1e9) return fmt::format("{:.3g}", tick);
  if (step >= 1.0) return with_thousands(std::llround(tick));
  // As many decimals as the step's first digit needs: 0.2 one, 0.05 two.
  return fmt::format("{:.{}f}", tick, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
}

Axis make_axis(double low, double high, int max_ticks) {
  spread_if_equal(low, high);
  const double step = round_step(high - low, max_ticks);
  // Outwards to ticks, unless an end lies on one but for rounding.
  return {std::floor(low / step + 1e-6) * step, std::ceil(high / step - 1e-6) * step, step};
}

Axis make_tight_axis(double low, double high, int max_ticks) {
  spread_if_equal(low, high);
  return {low, high, round_step(high - low, max_ticks)};
}

}  // namespace attune
