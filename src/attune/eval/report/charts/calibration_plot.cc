#include "attune/eval/report/charts/calibration_plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/eval/report/page/svg.h"

namespace attune {
namespace {

void draw(Plot& plot, const Calibration& calibration, const char* name, const char* series) {
  std::int64_t samples = 0;
  for (const Calibration::Bin& bin : calibration.bins()) samples += bin.count;
  std::vector<std::pair<double, double>> points;
  for (const Calibration::Bin& bin : calibration.bins()) {
    if (bin.count > 0) points.emplace_back(bin.mean_confidence(), bin.accuracy());
  }
  plot.path(points, fmt::format("line {}", series));
  for (const Calibration::Bin& bin : calibration.bins()) {
    if (bin.count == 0) continue;
    // The root, as people compare the areas of dots.
    const double share = static_cast<double>(bin.count) / static_cast<double>(samples);
    plot.dot(bin.mean_confidence(), bin.accuracy(), 2.5 + 7.5 * std::sqrt(share), series,
             fmt::format("{}: confidence {:.3f}, accuracy {:.3f}, {} samples", name,
                         bin.mean_confidence(), bin.accuracy(), with_thousands(bin.count)));
  }
}

}  // namespace

Html calibration_plot(const Calibration& before, const Calibration& after) {
  constexpr Axis kUnit{0.0, 1.0, 0.2};
  Plot plot(kUnit, kUnit, "confidence", "accuracy", 560, 300);
  plot.line(plot.x(0), plot.y(0), plot.x(1), plot.y(1), "diagonal");
  draw(plot, before, "before", "s1");
  draw(plot, after, "after", "s0");
  constexpr const char* kLegend =
      "<p class=\"legend\"><span><i class=\"s1\"></i>before</span>"
      "<span><i class=\"s0\"></i>after</span></p>";
  return {kLegend + plot.html("Calibration before and after temperature scaling").code};
}

}  // namespace attune
