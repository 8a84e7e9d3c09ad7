#include "attune/eval/report/charts/rate_plot.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/eval/report/page/svg.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RatePlot, steps_have_corners_where_slopes_have_none) {
  RateChart chart{.title = "t", .curves = {{.name = "c", .points = {{0, 1}, {1, 0}}}}};
  const auto lines_of = [](const std::string& code) {
    const std::size_t path = code.find("d=\"M");
    const std::string drawn = code.substr(path, code.find("\"/>", path) - path);
    return std::ranges::count(drawn, 'L');
  };
  EXPECT_EQ(lines_of(rate_plot(chart).code), 1);
  chart.steps = true;
  EXPECT_EQ(lines_of(rate_plot(chart).code), 2);
}

TEST(RatePlot, escapes_names_and_labels) {
  const RateChart chart{
      .title = "<t>",
      .x_title = "<x>",
      .y_title = "<y>",
      .curves = {{.name = "<c>", .operating_point = {{0.5, 0.5}}, .operating_label = "<o>"},
                 {.name = "<d>"}}};
  const std::string code = rate_plot(chart).code;
  for (const char* raw : {"<t>", "<x>", "<y>", "<c>", "<d>", "<o>"}) {
    EXPECT_THAT(code, Not(HasSubstr(raw)));
  }
  EXPECT_THAT(code, HasSubstr("&lt;o&gt;"));
}

TEST(RatePlot, has_no_more_curves_than_colours) {
  RateChart chart{.title = "t"};
  chart.curves.resize(kSeriesColors);
  EXPECT_NO_THROW(rate_plot(chart));
  chart.curves.emplace_back();
  EXPECT_THROW(rate_plot(chart), Error);
}

}  // namespace
}  // namespace attune
