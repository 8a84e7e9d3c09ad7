#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attune/eval/report/page/html.h"

namespace attune {

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

}  // namespace attune
