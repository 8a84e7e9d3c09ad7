#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/eval/report/page/html.h"

namespace attune {

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

}  // namespace attune
