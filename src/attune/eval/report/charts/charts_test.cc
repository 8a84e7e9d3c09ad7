#include "attune/eval/report/charts/charts.h"

#include <cmath>
#include <limits>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/eval/report/charts/axis.h"
#include "attune/eval/report/sections/log_history.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> result;
  for (const double tick : axis.ticks()) result.push_back(axis.label(tick));
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
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

TEST(LogHistory, sorts_what_was_logged_into_charts) {
  const Json history = parse_json(R"([
      {"loss": 0.7, "learning_rate": 5e-5, "grad_norm": 1.5, "epoch": 0.5, "step": 10},
      {"eval_loss": 0.5, "eval_accuracy": 0.8, "eval_runtime": 3.1, "epoch": 1.0, "step": 20},
      {"loss": 0.4, "learning_rate": 1e-5, "grad_norm": 1.2, "epoch": 1.5, "step": 30},
      {"eval_loss": 0.6, "eval_accuracy": 0.7, "epoch": 2.0, "step": 40},
      {"train_runtime": 12.0, "train_loss": 0.5, "epoch": 2.0, "step": 40}])",
                                  "history");
  const auto charts = charts_from_log_history(history, 20);
  ASSERT_EQ(charts.size(), 4u);
  EXPECT_EQ(charts[0].title, "Loss");
  ASSERT_EQ(charts[0].curves.size(), 2u);
  EXPECT_THAT(charts[0].curves[0].points, ElementsAre(std::pair(10.0, 0.7), std::pair(30.0, 0.4)));
  EXPECT_EQ(charts[0].curves[1].name, "evaluation");
  ASSERT_EQ(charts[1].curves.size(), 1u);
  EXPECT_EQ(charts[1].curves[0].name, "Accuracy");
  EXPECT_THAT(charts[1].marks,
              ElementsAre(std::pair(20.0, "epoch 1, best"), std::pair(40.0, "epoch 2")));
  EXPECT_EQ(charts[2].title, "Learning rate");
  EXPECT_EQ(charts[3].title, "Gradient norm");
}

TEST(LogHistory, of_many_epochs_marks_only_the_best) {
  Json history = Json::array();
  for (int i = 1; i <= 20; ++i)
    history.push_back({{"loss", 1.0 / i}, {"epoch", i}, {"step", i * 7}});
  const auto charts = charts_from_log_history(history, 12 * 7);
  ASSERT_EQ(charts.size(), 1u);
  EXPECT_THAT(charts[0].marks, ElementsAre(std::pair(84.0, "epoch 12, best")));
  EXPECT_THAT(charts_from_log_history(Json::array()), ElementsAre());
}

}  // namespace
}  // namespace attune
