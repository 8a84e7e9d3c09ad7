#include "attune/eval/report/sections/run/log_history.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

using ::testing::ElementsAre;

const std::vector<MetricInfo> kMetrics{{"loss", kFalls, kHeadline},
                                       {"accuracy", kRises, kHeadline}};

TEST(LogHistory, sorts_what_was_logged_into_charts) {
  const Json history = parse_json(R"([
      {"loss": 0.7, "learning_rate": 5e-5, "grad_norm": 1.5, "epoch": 0.5, "step": 10},
      {"eval_loss": 0.5, "eval_accuracy": 0.8, "eval_runtime": 3.1, "epoch": 1.0, "step": 20},
      {"loss": 0.4, "learning_rate": 1e-5, "grad_norm": 1.2, "epoch": 1.5, "step": 30},
      {"eval_loss": 0.6, "eval_accuracy": 0.7, "epoch": 2.0, "step": 40},
      {"train_runtime": 12.0, "train_loss": 0.5, "epoch": 2.0, "step": 40}])",
                                  "history");
  const auto charts = charts_from_log_history(history, kMetrics, 20);
  ASSERT_EQ(charts.size(), 4u);
  EXPECT_EQ(charts[0].title, "Loss");
  ASSERT_EQ(charts[0].curves.size(), 2u);
  EXPECT_THAT(charts[0].curves[0].points, ElementsAre(std::pair(10.0, 0.7), std::pair(30.0, 0.4)));
  EXPECT_EQ(charts[0].curves[1].name, "evaluation");
  ASSERT_EQ(charts[1].curves.size(), 1u);
  EXPECT_EQ(charts[1].curves[0].name, "Accuracy");
  EXPECT_EQ(charts[1].y_title, "higher is better");
  EXPECT_THAT(charts[1].marks,
              ElementsAre(std::pair(20.0, "epoch 1, best"), std::pair(40.0, "epoch 2")));
  EXPECT_EQ(charts[2].title, "Learning rate");
  EXPECT_EQ(charts[3].title, "Gradient norm");
}

TEST(LogHistory, of_many_epochs_marks_only_the_best) {
  Json history = Json::array();
  for (int i = 1; i <= 20; ++i)
    history.push_back({{"loss", 1.0 / i}, {"epoch", i}, {"step", i * 7}});
  const auto charts = charts_from_log_history(history, kMetrics, 12 * 7);
  ASSERT_EQ(charts.size(), 1u);
  EXPECT_THAT(charts[0].marks, ElementsAre(std::pair(84.0, "epoch 12, best")));
  EXPECT_THAT(charts_from_log_history(Json::array(), kMetrics), ElementsAre());
}

/// The titles of the charts, each with the names of its curves.
std::vector<std::string> texts(const std::vector<LineChart>& charts) {
  std::vector<std::string> result;
  for (const LineChart& chart : charts) {
    std::string text = chart.title + " (" + chart.y_title + "):";
    for (const Curve& curve : chart.curves) text += " " + curve.name + ",";
    result.push_back(std::move(text));
  }
  return result;
}

TEST(LogHistory, draws_the_headlines_of_any_task_by_direction_and_scale) {
  const std::vector<MetricInfo> metrics{{"wer", kFalls, kHeadline, "Word error rate"},
                                        {"cer", kFalls, kDetail},
                                        {"perplexity", kFalls, kHeadline},
                                        {"bleu", kRises, kHeadline, "BLEU"},
                                        {"map_50", kRises, kHeadline},
                                        {"iou", kRises, kHeadline, "IoU"},
                                        {"mse", kFalls, kHeadline},
                                        {"never_logged", kRises, kHeadline}};
  const Json history = parse_json(R"([
      {"eval_loss": 0.5, "eval_mse": 0.5, "eval_wer": 0.9, "eval_cer": 0.4, "eval_perplexity": 31.5,
       "eval_bleu": 0.5, "eval_map_50": 0.1, "eval_iou": 0.1, "epoch": 1.0, "step": 20},
      {"eval_loss": 0.4, "eval_mse": 0.4, "eval_wer": 0.3, "eval_cer": 0.2, "eval_perplexity": 12.5,
       "eval_bleu": 27.25, "eval_map_50": 0.3, "eval_iou": 0.3, "epoch": 2.0, "step": 40}])",
                                  "history");
  const auto charts = charts_from_log_history(history, metrics, 40);
  EXPECT_THAT(
      texts(charts),
      ElementsAre("Loss (): evaluation,", "Evaluation (higher is better): map 50, IoU,",
                  "Errors in evaluation (lower is better): Word error rate,",
                  "perplexity (lower is better): perplexity,", "BLEU (higher is better): BLEU,"));
  EXPECT_THAT(charts[4].curves[0].points,
              ElementsAre(std::pair(20.0, 0.5), std::pair(40.0, 27.25)));
  EXPECT_THAT(charts[4].marks,
              ElementsAre(std::pair(20.0, "epoch 1"), std::pair(40.0, "epoch 2, best")));
}

}  // namespace
}  // namespace attune
