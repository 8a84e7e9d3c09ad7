#include "attune/eval/report/charts/scatter_plot.h"

#include <vector>

#include <gtest/gtest.h>

namespace attune {
namespace {

std::size_t points(const std::string& code) {
  std::size_t found = 0;
  for (std::size_t at = code.find("<circle"); at != std::string::npos;
       at = code.find("<circle", at + 1)) {
    ++found;
  }
  return found;
}

TEST(ScatterPlot, of_many_pairs_is_an_even_selection) {
  EXPECT_EQ(points(scatter_plot(std::vector{1.F, 2.F}, std::vector{1.F, 3.F}).code), 2);
  const std::vector<float> many(5000, 1.F);
  EXPECT_EQ(points(scatter_plot(many, many).code), 2000);
}

}  // namespace
}  // namespace attune
