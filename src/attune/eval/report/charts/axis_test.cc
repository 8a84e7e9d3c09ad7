#include "attune/eval/report/charts/axis.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> result;
  for (const double tick : axis.ticks()) result.push_back(axis.label(tick));
  return result;
}

TEST(Axis, round_ticks) {
  EXPECT_THAT(labels(make_axis(0.03, 0.97)), ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(labels(make_axis(0, 4800, 4)), ElementsAre("0", "2,000", "4,000", "6,000"));
  EXPECT_THAT(labels(make_axis(0, 5e-5)),
              ElementsAre("0", "1e-05", "2e-05", "3e-05", "4e-05", "5e-05"));
  EXPECT_THAT(labels(make_axis(-1, 1, 3)), ElementsAre("-1", "0", "1"));
  EXPECT_THAT(labels(make_tight_axis(5, 895, 4)), ElementsAre("500"));
}

TEST(Axis, equal_values_get_room) {
  for (const double value : {0.0, 3.0, -2.5, 1e-30, 1e20}) {
    const Axis axis = make_axis(value, value);
    EXPECT_LT(axis.low, axis.high) << value;
    EXPECT_LE(axis.ticks().size(), 12u);
    EXPECT_TRUE(std::isfinite(axis.position(value)));
  }
}

}  // namespace
}  // namespace attune
