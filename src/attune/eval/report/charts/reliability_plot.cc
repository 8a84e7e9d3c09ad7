#include "attune/eval/report/charts/reliability_plot.h"

#include <algorithm>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/eval/report/charts/histogram.h"
#include "attune/eval/report/page/svg.h"

namespace attune {

Html reliability_plot(const Calibration& calibration) {
  const auto& bins = calibration.bins();
  const double width = 1.0 / static_cast<double>(bins.size());
  Plot plot({0.0, 1.0, 0.2}, {0.0, 1.0, 0.2}, "", "accuracy", 560, 260);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].count == 0) continue;
    const double left = plot.x(static_cast<double>(i) * width);
    const double right = plot.x(static_cast<double>(i + 1) * width);
    const auto rect = [&](const char* css_class, double low, double high) {
      return fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
          "height=\"{:.1f}\"/>",
          css_class, left + 1, plot.y(high), right - left - 2, plot.y(low) - plot.y(high));
    };
    const double accuracy = bins[i].accuracy(), confidence = bins[i].mean_confidence();
    // The bar reaches to the lower of the two; the rest up to the higher one is the gap, and its
    // colour tells which way it goes.
    const bool over = confidence > accuracy;
    const double low = std::min(accuracy, confidence), high = std::max(accuracy, confidence);
    plot.add(
        fmt::format("<g><title>confidence {:.3f}, accuracy {:.3f}, {} samples</title>{}{}</g>\n",
                    confidence, accuracy, with_thousands(bins[i].count), rect("s0", 0.0, low),
                    rect(over ? "over" : "s0 under", low, high)));
  }
  plot.line(plot.x(0), plot.y(0), plot.x(1), plot.y(1), "diagonal");
  // How many samples stand behind each bar: without it a bin of three looks as sure as one of a
  // thousand.
  Histogram samples{0.0, width, {}};
  for (const auto& bin : bins) samples.counts.push_back(bin.count);
  constexpr const char* kLegend =
      "<p class=\"legend\"><span><i class=\"s0\"></i>accuracy</span>"
      "<span><i class=\"s1\"></i>overconfident</span>"
      "<span><i class=\"s0 under\"></i>underconfident</span></p>";
  return {kLegend + plot.html("Reliability diagram").code +
          histogram_plot(samples, "confidence", "samples", {}, 130).code};
}

}  // namespace attune
