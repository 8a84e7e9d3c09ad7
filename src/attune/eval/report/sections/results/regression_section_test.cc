#include "attune/eval/report/sections/results/regression_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/eval/metrics/labels/regression_metrics.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RegressionSection, shows_predictions_over_targets_and_the_errors) {
  const Rng rng(5, "regression");
  RegressionMetrics metrics;
  for (std::uint64_t i = 0; i < 1379; ++i) {
    const double target = 5.0 * rng.uniform(3 * i);
    metrics.add(float(target + 0.45 * rng.normal(3 * i + 1)), float(target));
  }
  const std::string html = page_of(regression_section({metrics.values(), "stsb-test.csv", 1379},
                                                      metrics.predictions(), metrics.targets()));
  expect_balanced(html);
  for (const char* part : {"Pearson r", "Half of the errors", "Predictions over targets"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  write_file_atomically(report_path("regression.html"), html);
}

TEST(RegressionSection, quantiles_are_those_of_the_errors) {
  const std::vector<float> targets(5, 10.F), predictions{10.F, 11.F, 12.F, 13.F, 14.F};
  const std::string html = page_of(regression_section({}, predictions, targets));
  EXPECT_THAT(html, HasSubstr("lie between 1.0000 and 3, nine of ten between 0.0000 and 3."));
}

TEST(RegressionSection, takes_hostile_names_as_text_and_as_many_predictions_as_targets) {
  const std::string html = page_of(regression_section(
      {{.undefined = {{kHostileNames[0], kHostileNames[2]}}}, kHostileNames[1], 0}, {}, {}));
  expect_harmless(html);
  EXPECT_THAT(html, Not(HasSubstr("Residuals")));
  EXPECT_THROW(regression_section({}, {1.F}, {}), Error);
}

}  // namespace
}  // namespace attune
