#include "attune/eval/report/charts/rate_plot.h"

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/eval/report/page/svg.h"

namespace attune {
namespace {

using Points = std::vector<std::pair<double, double>>;

constexpr Axis kUnit{0.0, 1.0, 0.2};

// Corners instead of slopes: y of a point holds from the x before.
Points staircase(const Points& points) {
  Points result;
  for (const auto& [x, y] : points) {
    // Precision between two recalls is not their line: no threshold reaches what lies between
    // (Davis and Goadrich 2006).
    if (!result.empty() && result.back().second != y) result.emplace_back(result.back().first, y);
    if (result.empty() || result.back().first != x) result.emplace_back(x, y);
  }
  return result;
}

std::string series(std::size_t i) {
  return fmt::format("s{}", i);
}

}  // namespace

Html rate_plot(const RateChart& chart) {
  check(chart.curves.size() <= kSeriesColors, ErrorKind::internal,
        "{} curves in \"{}\", expected at most {}", chart.curves.size(), chart.title,
        kSeriesColors);
  Plot plot(kUnit, kUnit, chart.x_title, chart.y_title, 480, 400);
  if (chart.diagonal) plot.line(plot.x(0), plot.y(0), plot.x(1), plot.y(1), "diagonal");
  if (chart.level) {
    plot.line(plot.x(0), plot.y(*chart.level), plot.x(1), plot.y(*chart.level), "diagonal");
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    const Points& points = chart.curves[i].points;
    plot.path(chart.steps ? staircase(points) : points, "line " + series(i));
    names.push_back(chart.curves[i].name);
  }
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    // In a second round: no curve shall cover a dot.
    const RateCurve& curve = chart.curves[i];
    if (!curve.operating_point) continue;
    const auto& [x, y] = *curve.operating_point;
    plot.dot(x, y, 5.5, series(i), curve.operating_label);
  }
  return {curve_legend(names).code + plot.html(chart.title).code};
}

}  // namespace attune
