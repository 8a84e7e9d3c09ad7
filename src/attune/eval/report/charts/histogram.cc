#include "attune/eval/report/charts/histogram.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "attune/base/text/human.h"
#include "attune/eval/report/page/svg.h"

namespace attune {

Histogram make_histogram(std::span<const double> values, int bins, bool integers) {
  Histogram histogram;
  if (values.empty()) return histogram;
  const auto [low, high] = std::ranges::minmax(values);
  // Borders at round numbers, by the rule of the axes: `bins` bins have one border more.
  histogram.bin_width = make_axis(low, high, bins + 1).step;
  if (integers) histogram.bin_width = std::max(1.0, std::round(histogram.bin_width));
  histogram.low = std::floor(low / histogram.bin_width) * histogram.bin_width;
  const auto index = [&](double value) {
    // A value on a border belongs to the bin above, also where the division comes out a little low.
    return static_cast<std::size_t>((value - histogram.low) / histogram.bin_width + 1e-9);
  };
  histogram.counts.resize(index(high) + 1);
  for (const double value : values) ++histogram.counts[index(value)];
  return histogram;
}

Html histogram_plot(const Histogram& histogram, std::string_view x_title, std::string_view y_title,
                    std::span<const std::pair<double, std::string>> marks, double height) {
  if (histogram.counts.empty()) return {"<p class=\"muted\">No values.</p>"};
  const auto end =
      histogram.low + histogram.bin_width * static_cast<double>(histogram.counts.size());
  double low = histogram.low, high = end;
  for (const auto& [x, label] : marks) {
    // A mark beyond the values (the limit of lengths) must be seen, too.
    low = std::min(low, x);
    high = std::max(high, x + histogram.bin_width);
  }
  const std::int64_t largest = std::ranges::max(histogram.counts);
  Plot plot(make_tight_axis(low, high, 9),
            make_axis(0.0, static_cast<double>(largest), height < 200 ? 3 : 5), x_title, y_title,
            560, height);
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    const double from = histogram.low + histogram.bin_width * static_cast<double>(i);
    const double left = plot.x(from), right = plot.x(from + histogram.bin_width);
    const double top = plot.y(static_cast<double>(histogram.counts[i]));
    plot.add(fmt::format(
        "<rect class=\"s0\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\"><title>{} to {}: {}</title></rect>\n",
        left + 0.5, top, std::max(0.5, right - left - 1.0), plot.bottom() - top, number_text(from),
        number_text(from + histogram.bin_width), with_thousands(histogram.counts[i])));
  }
  for (const auto& [x, label] : marks) plot.mark(x, label);
  return plot.html(x_title);
}

}  // namespace attune
