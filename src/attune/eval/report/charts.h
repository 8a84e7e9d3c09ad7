#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attune/eval/metrics/calibration.h"
#include "attune/eval/report/html.h"

namespace attune {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x ascending; y that is not finite: a gap
  bool smooth = false;   ///< many noisy points: drawn faint, their moving average strong
  bool markers = false;  ///< few points: each drawn as a dot
};

struct LineChart {
  std::string title, x_title, y_title;
  std::vector<Curve> curves;
  std::vector<std::pair<double, std::string>> marks;  ///< vertical lines with a label, by x
};

/// A card with legend and plot; a sentence instead of the plot where there is no finite point.
Html line_chart(const LineChart& chart);

struct Histogram {
  double low = 0.0, bin_width = 1.0;
  std::vector<std::int64_t> counts;
};
/// About `bins` bins of round width over all values (finite; an empty span makes no bins).
/// `integers`: no bin narrower than 1.
Histogram make_histogram(std::span<const double> values, int bins = 30, bool integers = false);
/// Just the plot; `marks` as in `LineChart`.
Html histogram_plot(const Histogram& histogram, std::string_view x_title, std::string_view y_title,
                    std::span<const std::pair<double, std::string>> marks = {},
                    double height = 250);

/// Accuracy by confidence against the diagonal, with the gap between them, and under it how many
/// samples have that confidence.
Html reliability_plot(const Calibration& calibration);

/// Predictions over targets with the diagonal; of more than 2,000 pairs an even selection. Requires
/// equal sizes and at least one pair.
Html scatter_plot(std::span<const float> predictions, std::span<const float> targets);

}  // namespace attune
