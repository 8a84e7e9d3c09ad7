#include "attune/eval/report/charts/scatter_plot.h"

#include <algorithm>

#include <fmt/format.h>

#include "attune/eval/report/page/svg.h"

namespace attune {

Html scatter_plot(std::span<const float> predictions, std::span<const float> targets) {
  constexpr std::size_t kMaxPoints = 2000;
  const auto [low_p, high_p] = std::ranges::minmax(predictions);
  const auto [low_t, high_t] = std::ranges::minmax(targets);
  // One range for both axes: only then is the diagonal where predictions are right.
  const double low = std::min(low_p, low_t), high = std::max(high_p, high_t);
  const Axis axis = make_axis(low, high);
  Plot plot(axis, axis, "target", "prediction", 560, 380);
  // Points on this line are right.
  plot.line(plot.x(axis.low), plot.y(axis.low), plot.x(axis.high), plot.y(axis.high), "diagonal");
  const std::size_t drawn = std::min(kMaxPoints, targets.size());
  for (std::size_t i = 0; i < drawn; ++i) {
    // Evenly over the data: the first 2,000 may be all of one kind where files are sorted.
    const std::size_t j = targets.size() * i / drawn;
    plot.add(fmt::format("<circle class=\"point s0\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>\n",
                         plot.x(targets[j]), plot.y(predictions[j])));
  }
  return plot.html("Predictions over targets");
}

}  // namespace attune
