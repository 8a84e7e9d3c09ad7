#include "attune/eval/report/charts/line_chart.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(LineChart, a_value_that_is_not_finite_leaves_a_gap) {
  const Html html =
      line_chart({"Loss", "step", "", {{"training", {{1, 1.0}, {2, kNan}, {3, 0.5}}}}, {}});
  EXPECT_EQ(count(html.code, "M"), 2u);
  EXPECT_THAT(html.code, Not(HasSubstr("nan")));
}

TEST(LineChart, says_so_where_there_is_nothing_to_draw) {
  const Html html = line_chart({"Loss", "step", "", {{"training", {{1, kNan}}}}, {}});
  EXPECT_THAT(html.code, HasSubstr("Nothing was logged"));
  EXPECT_THAT(html.code, Not(HasSubstr("<svg")));
}

TEST(LineChart, a_long_run_stays_a_small_file) {
  Curve curve{"training", {}, true};
  for (int i = 0; i < 1'000'000; ++i) curve.points.emplace_back(i, std::sin(i * 1e-5));
  EXPECT_LT(line_chart({"Loss", "step", "", {curve}, {}}).code.size(), 40'000u);
}

TEST(LineChart, escapes_names) {
  const Html html =
      line_chart({"<t>", "<x>", "<y>", {{"<c>", {{1, 1}, {2, 2}}, false, true}}, {{1.5, "<m>"}}});
  for (const char* raw : {"<t>", "<x>", "<y>", "<c>", "<m>"}) {
    EXPECT_THAT(html.code, Not(HasSubstr(raw)));
  }
}

}  // namespace
}  // namespace attune
