#include "attune/eval/metrics/calibration/temperature.h"

#include <cmath>

#include "attune/base/error.h"

namespace attune {
namespace {

// Beyond these, probabilities are 0 or 1, or all alike, as far as a report shows them.
constexpr double kColdest = 0.05, kHottest = 20.0;

// The likelihood is convex in the scale 1 / temperature: Newton's method for the zero of its slope,
// kept inside a bracket that every step narrows.
double best_scale(const LabelledLogits& data, double low, double high) {
  double scale = 1.0;
  for (int step = 0; step < 100; ++step) {
    const auto [nll, slope, curvature] = data.likelihood(scale);
    (slope < 0.0 ? low : high) = scale;
    // Far from the minimum the curve may be so flat that a step of Newton leaves the bracket;
    // halving then always makes progress.
    double next = scale - slope / curvature;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double moved = std::abs(next - scale);
    scale = next;
    // Close to what doubles resolve: a further step would move nothing that is shown or decided.
    if (moved < 1e-12 * scale) break;
  }
  return scale;
}

}  // namespace

CalibrationScores calibration_scores(const LabelledLogits& data, double temperature) {
  const double scale = 1.0 / temperature;
  return {data.likelihood(scale).nll, data.calibration(scale)};
}

TemperatureFit fit_temperature(const LabelledLogits& validation) {
  TemperatureFit fit;
  const double low = 1.0 / kHottest, high = 1.0 / kColdest;
  // A convex function has a rising slope: where it already rises at the lowest scale, or still
  // falls at the highest, the minimum lies beyond that end.
  const bool too_hot = validation.likelihood(low).slope >= 0.0;
  const bool too_cold = validation.likelihood(high).slope <= 0.0;
  fit.at_bound = too_hot || too_cold;
  fit.temperature = too_hot    ? kHottest
                    : too_cold ? kColdest
                               : 1.0 / best_scale(validation, low, high);
  fit.before = calibration_scores(validation, 1.0);
  fit.after = calibration_scores(validation, fit.temperature);
  return fit;
}

}  // namespace attune
