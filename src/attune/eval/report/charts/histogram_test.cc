#include "attune/eval/report/charts/histogram.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Histogram, counts_every_value_once) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i % 97);
  const Histogram histogram = make_histogram(values, 20, true);
  EXPECT_EQ(histogram.bin_width, 5.0);
  EXPECT_EQ(histogram.low, 0.0);
  EXPECT_EQ(std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0), 1000);
  EXPECT_EQ(histogram.counts.size(), 20u);
  EXPECT_TRUE(make_histogram({}).counts.empty());
  EXPECT_EQ(make_histogram(std::vector{2.0, 3.0}, 30, true).bin_width, 1.0);
}

TEST(Histogram, a_plot_has_a_bar_a_bin_and_escapes_its_marks) {
  const Histogram histogram = make_histogram(std::vector{1.0, 1.0, 3.0}, 3, true);
  const std::vector<std::pair<double, std::string>> marks{{2.0, "<limit>"}};
  const std::string code = histogram_plot(histogram, "<x>", "samples", marks).code;
  EXPECT_THAT(code, HasSubstr("<title>1.0000 to 2: 2</title>"));
  EXPECT_THAT(code, HasSubstr("<title>2 to 3: 0</title>"));
  EXPECT_THAT(code, Not(HasSubstr("<limit>")));
  EXPECT_THAT(code, Not(HasSubstr("<x>")));
  EXPECT_THAT(histogram_plot(Histogram{}, "x", "y").code, HasSubstr("No values."));
}

}  // namespace
}  // namespace attune
