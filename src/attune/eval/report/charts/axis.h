#pragma once

#include <string>
#include <vector>

namespace attune {

/// A linear axis with ticks at round numbers (1, 2 or 5 times a power of ten).
struct Axis {
  double low = 0.0, high = 1.0;
  double step = 0.2;

  /// From 0 to 1 for values on the axis.
  double position(double value) const { return (value - low) / (high - low); }
  std::vector<double> ticks() const;
  /// With as many decimals as the step needs.
  std::string label(double tick) const;
};

/// Covers [low, high], widened to the nearest ticks. Requires finite values; equal ones are spread.
Axis make_axis(double low, double high, int max_ticks = 6);

/// Covers exactly [low, high], with ticks inside only: for steps and epochs.
Axis make_tight_axis(double low, double high, int max_ticks = 6);

}  // namespace attune
