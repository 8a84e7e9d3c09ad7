#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/report/page/html.h"

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

/// A curve of one rate over another, e.g. a ROC curve.
struct RateCurve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x ascending, both from 0 to 1
  /// Drawn as a dot, with a label that shows when it is pointed at.
  std::optional<std::pair<double, double>> operating_point;
  std::string operating_label;
};

struct RateChart {
  std::string title, x_title, y_title;
  std::vector<RateCurve> curves;
  bool steps = false;           ///< y holds from the point before to its own x (precision)
  bool diagonal = false;        ///< what guessing achieves
  std::optional<double> level;  ///< the same as a horizontal line
};
/// Just legend and plot. Requires at most `kSeriesColors` curves.
Html rate_plot(const RateChart& chart);

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

/// Accuracy by confidence of both, against the diagonal; the larger a dot, the more samples.
Html calibration_plot(const Calibration& before, const Calibration& after);

/// Predictions over targets with the diagonal; of more than 2,000 pairs an even selection. Requires
/// equal sizes and at least one pair.
Html scatter_plot(std::span<const float> predictions, std::span<const float> targets);

}  // namespace attune
