#include "attune/eval/report/charts/reliability_plot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/eval/report/charts/calibration_plot.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Calibration of_one_bin(double confidence, int right, int wrong) {
  Calibration calibration(10);
  for (int i = 0; i < right; ++i) calibration.add(confidence, true);
  for (int i = 0; i < wrong; ++i) calibration.add(confidence, false);
  return calibration;
}

TEST(ReliabilityPlot, colours_the_gap_by_its_direction) {
  const std::string over = reliability_plot(of_one_bin(0.95, 1, 3)).code;
  EXPECT_THAT(over, HasSubstr("confidence 0.950, accuracy 0.250, 4 samples"));
  EXPECT_THAT(over, HasSubstr("<rect class=\"over\""));
  const std::string under = reliability_plot(of_one_bin(0.55, 4, 0)).code;
  EXPECT_THAT(under, HasSubstr("<rect class=\"s0 under\""));
  EXPECT_THAT(under, Not(HasSubstr("<rect class=\"over\"")));
}

TEST(CalibrationPlot, a_dot_is_as_large_as_its_share_of_samples) {
  const std::string code = calibration_plot(of_one_bin(0.95, 1, 3), of_one_bin(0.25, 1, 3)).code;
  EXPECT_THAT(code, HasSubstr("before: confidence 0.950, accuracy 0.250, 4 samples"));
  EXPECT_THAT(code, HasSubstr("after: confidence 0.250, accuracy 0.250, 4 samples"));
  EXPECT_THAT(code, HasSubstr("r=\"10\""));  // all samples in one bin: the largest
}

}  // namespace
}  // namespace attune
