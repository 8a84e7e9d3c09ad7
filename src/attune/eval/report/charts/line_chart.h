#pragma once

#include <string>
#include <utility>
#include <vector>

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

}  // namespace attune
