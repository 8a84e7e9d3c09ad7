#include "attune/eval/report/charts/line_chart.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/eval/report/page/svg.h"

namespace attune {
namespace {

using Points = std::vector<std::pair<double, double>>;

constexpr std::size_t kMaxPoints = 600;

// Means of equal runs of points: a drawing is at most a few hundred pixels wide.
Points thin(const Points& points) {
  if (points.size() <= kMaxPoints) return points;
  Points result;
  for (std::size_t i = 0; i < kMaxPoints; ++i) {
    // Runs that differ by at most one point and cover all of them.
    const std::size_t begin = points.size() * i / kMaxPoints;
    const std::size_t end = points.size() * (i + 1) / kMaxPoints;
    double x = 0.0, y = 0.0;
    for (std::size_t j = begin; j < end; ++j) {
      x += points[j].first;
      y += points[j].second;  // one that is not finite makes the mean so: the gap stays visible
    }
    result.emplace_back(x / static_cast<double>(end - begin), y / static_cast<double>(end - begin));
  }
  return result;
}

// Exponential moving average with bias correction; its window is a twentieth of the points.
Points smoothed(const Points& points) {
  const double keep = 1.0 - 1.0 / std::max(1.0, static_cast<double>(points.size()) / 20.0);
  Points result;
  double sum = 0.0, weight = 0.0;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(y)) continue;
    sum = keep * sum + (1 - keep) * y;
    // Divided by the weights that there were so far, so that the first values are not drawn towards
    // 0 (as in Adam).
    weight = keep * weight + (1 - keep);
    result.emplace_back(x, sum / weight);
  }
  return result;
}

void draw_curve(Plot& plot, const Curve& curve, std::size_t color) {
  const Points points = thin(curve.points);
  const std::string series = fmt::format("s{}", color);
  plot.path(points, (curve.smooth ? "line faint " : "line ") + series);
  // The course over the noise, both in one colour: nobody shall take the mean for what was
  // measured.
  if (curve.smooth) plot.path(smoothed(points), "line " + series);
  if (!curve.markers) return;
  for (const auto& [x, y] : points) {
    if (!std::isfinite(y)) continue;
    plot.dot(x, y, 3.5, series,
             fmt::format("{} {} at {}", curve.name, number_text(y), number_text(x)));
  }
}

struct Bounds {
  double low_x, high_x, low_y, high_y;
};

std::optional<Bounds> bounds(const std::vector<Curve>& curves) {
  std::optional<Bounds> result;
  for (const Curve& curve : curves) {
    for (const auto& [x, y] : curve.points) {
      // A loss that diverged must not take the others' range with it.
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      if (!result) result = Bounds{x, x, y, y};
      result->low_x = std::min(result->low_x, x);
      result->high_x = std::max(result->high_x, x);
      result->low_y = std::min(result->low_y, y);
      result->high_y = std::max(result->high_y, y);
    }
  }
  return result;
}

Html legend(const LineChart& chart) {
  std::vector<std::string> names;
  for (const Curve& curve : chart.curves) names.push_back(curve.name);
  return curve_legend(names);
}

}  // namespace

Html line_chart(const LineChart& chart) {
  const std::optional<Bounds> range = bounds(chart.curves);
  if (!range) return html_card(chart.title, {"<p class=\"muted\">Nothing was logged.</p>"});
  // A curve of positive values that fall near 0 reads best from 0.
  const bool from_zero = range->low_y >= 0 && range->low_y < 0.4 * range->high_y;
  const double first_x = std::min(0.0, range->low_x);  // steps and epochs count from 0
  Plot plot(make_tight_axis(first_x, range->high_x, 7),
            make_axis(from_zero ? 0.0 : range->low_y, range->high_y), chart.x_title, chart.y_title);
  for (const auto& [x, label] : chart.marks) {
    if (x > first_x && x <= range->high_x) plot.mark(x, label);
  }
  for (std::size_t i = 0; i < chart.curves.size(); ++i) {
    // Colours come again rather than run out; the legend still names each curve.
    draw_curve(plot, chart.curves[i], i % kSeriesColors);
  }
  // A single curve needs its name only where the title does not say it.
  std::string note;
  if (chart.curves.size() == 1 && !iequals_ascii(chart.curves[0].name, chart.title)) {
    note = chart.curves[0].name;
  }
  return html_card(chart.title, {legend(chart).code + plot.html(chart.title).code}, note);
}

}  // namespace attune
