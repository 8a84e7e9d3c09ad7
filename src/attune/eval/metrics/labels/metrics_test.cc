#include <cmath>
#include <limits>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/metrics/labels/regression_metrics.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

TEST(MetricValues, an_undefined_metric_is_absent_from_the_json_and_named) {
  MetricValues metrics;
  metrics.add("accuracy", 0.5);
  metrics.add("auroc", std::numeric_limits<double>::quiet_NaN(), "one class only");
  const Json json = metrics_to_json(metrics, "eval_");
  EXPECT_EQ(json.dump(), R"({"eval_accuracy":0.5,"eval_undefined":{"auroc":"one class only"}})");
  EXPECT_EQ(metrics.find("auroc"), std::nullopt);
}

TEST(MetricValues, have_titles_for_people) {
  EXPECT_EQ(metric_title("mcc"), "Matthews correlation");
  EXPECT_EQ(metric_title("f1_macro"), "F1, macro");
  EXPECT_EQ(metric_title("my_own_metric"), "my own metric");
  const std::vector<MetricInfo> infos{{"wer", kFalls, kHeadline, "Word error rate"},
                                      {"mcc", kRises}};
  EXPECT_EQ(metric_title(infos, "wer"), "Word error rate");
  EXPECT_EQ(metric_title(infos, "mcc"), "Matthews correlation");
  EXPECT_EQ(metric_title(infos, "cer"), "cer");
}

TEST(ConfusionMatrix, most_confused_pairs_first) {
  ConfusionMatrix confusion(3);
  for (int i = 0; i < 4; ++i) confusion.add(2, 0);
  confusion.add(1, 0);
  confusion.add(0, 1);
  confusion.add(1, 1);
  const auto pairs = confusion.most_confused(2);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_EQ(pairs[0].label, 2);
  EXPECT_EQ(pairs[0].prediction, 0);
  EXPECT_EQ(pairs[0].count, 4);
  EXPECT_EQ(pairs[1].label, 0);  // a tie goes to the smaller label
  EXPECT_EQ(confusion.correct(), 1);
  EXPECT_THAT(confusion.support(), ElementsAre(1, 2, 4));
  EXPECT_THAT(confusion.predicted(), ElementsAre(5, 2, 0));
}

TEST(ConfusionMatrix, many_classes_take_no_square_of_memory) {
  ConfusionMatrix confusion(2'000'000);  // a square matrix would take 32 TB
  confusion.add(1'999'999, 7);
  EXPECT_EQ(confusion.count(1'999'999, 7), 1);
  EXPECT_EQ(confusion.count(7, 1'999'999), 0);
}

TEST(Ranking, by_hand) {
  // positive above negative in 3 of 4 pairs
  const RankingScores scores =
      ranking_scores({{0.9f, true}, {0.8f, false}, {0.7f, true}, {0.1f, false}});
  EXPECT_DOUBLE_EQ(scores.auroc, 0.75);
  EXPECT_DOUBLE_EQ(scores.average_precision, 0.5 * 1.0 + 0.5 * 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(ranking_scores({{0.5f, true}, {0.5f, false}}).auroc, 0.5);
  EXPECT_TRUE(std::isnan(ranking_scores({{0.5f, true}}).auroc));
  EXPECT_TRUE(std::isnan(ranking_scores({}).average_precision));
}

TEST(Calibration, bins_are_closed_above) {
  Calibration calibration(2);
  calibration.add(0.5, true);  // (0, 0.5]
  calibration.add(0.6, true);
  calibration.add(1.0, false);
  calibration.add(0.0, false);  // no bin holds 0: the first takes it
  EXPECT_EQ(calibration.bins()[0].count, 2);
  EXPECT_EQ(calibration.bins()[1].count, 2);
  EXPECT_DOUBLE_EQ(calibration.bins()[1].mean_confidence(), 0.8);
  EXPECT_DOUBLE_EQ(calibration.expected_calibration_error(), (0.5 + 0.6) / 4);
}

TEST(ClassificationMetrics, refuses_what_is_no_probability) {
  ClassificationMetrics metrics({"bad", "good"});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of([&] {
                metrics.add(std::vector{nan, 0.5f}, 0);
              }),
              HasSubstr("sample 0: the probability of class bad is nan"));
  EXPECT_THAT(error_of([&] { metrics.add(std::vector{1.5f, -0.5f}, 0); }), HasSubstr("1.5"));
  EXPECT_THAT(error_of([&] { metrics.add(std::vector{1.0f}, 0); }), HasSubstr("expected 2"));
  EXPECT_THAT(error_of([&] {
                metrics.add(std::vector{1.0f, 0.0f}, 2);
              }),
              HasSubstr("expected 0 to 1"));
  EXPECT_EQ(metrics.num_samples(), 0);
  EXPECT_THAT(error_of([] { ClassificationMetrics({"only"}); }), HasSubstr("at least 2 labels"));
}

/// The names of `infos`, then those of `values`: what is undefined comes behind what is not.
void expect_told(const std::vector<MetricInfo>& infos, const MetricValues& values) {
  std::vector<std::string> told, given;
  for (const MetricInfo& info : infos) told.push_back(info.name);
  for (const auto& [name, value] : values.values) given.push_back(name);
  if (values.undefined.empty()) {
    EXPECT_EQ(told, given);  // in that order
  }
  for (const auto& [name, reason] : values.undefined) given.push_back(name);
  EXPECT_THAT(given, UnorderedElementsAreArray(told));
}

TEST(MetricInfos, name_all_that_values_give_defined_or_not) {
  for (const std::int64_t room : {std::int64_t{0}, kMaxRankingScores}) {
    ClassificationMetrics two({"a", "b"}, {.max_ranking_scores = room});
    ClassificationMetrics three({"a", "b", "c"}, {.max_ranking_scores = room});
    MultilabelMetrics multi({"a", "b"}, {.max_ranking_scores = room});
    RegressionMetrics regression;
    for (std::int64_t n = 0; n < 4; ++n) {  // without samples, with one class, with all
      expect_told(two.infos(), two.values());
      expect_told(three.infos(), three.values());
      expect_told(multi.infos(), multi.values());
      expect_told(RegressionMetrics::infos(), regression.values());
      two.add(std::vector{0.4f, 0.6f}, n % 2);
      three.add(std::vector{0.4f, 0.3f, 0.3f}, n % 3);
      multi.add(std::vector{0.4f, 0.6f}, std::vector{std::uint8_t(n % 2), std::uint8_t(n == 2)});
      regression.add(float(n % 2), float(n));
    }
    expect_told(three.infos(), three.values());
  }
}

TEST(MetricInfos, errors_fall_and_scores_rise) {
  const auto rises = [](const std::vector<MetricInfo>& infos) {
    std::map<std::string, bool> result;
    for (const MetricInfo& info : infos) result[info.name] = info.greater_is_better;
    return result;
  };
  const auto three = rises(ClassificationMetrics({"a", "b", "c"}).infos());
  for (const char* name : {"log_loss", "ece", "brier"}) EXPECT_FALSE(three.at(name)) << name;
  for (const char* name : {"accuracy", "f1_macro", "mcc", "auroc", "auroc_weighted"}) {
    EXPECT_TRUE(three.at(name)) << name;
  }
  EXPECT_FALSE(rises(MultilabelMetrics({"a"}).infos()).at("hamming_loss"));
  const auto regression = rises(RegressionMetrics::infos());
  for (const char* name : {"mse", "rmse", "mae"}) EXPECT_FALSE(regression.at(name)) << name;
  for (const char* name : {"r2", "pearson", "spearman"}) EXPECT_TRUE(regression.at(name)) << name;
}

TEST(ClassificationMetrics, without_samples_everything_is_undefined) {
  const MetricValues metrics = ClassificationMetrics({"a", "b"}).values();
  EXPECT_TRUE(metrics.values.empty());
  EXPECT_EQ(metrics.undefined.size(), ClassificationMetrics({"a", "b"}).infos().size());
}

TEST(ClassificationMetrics, says_which_class_makes_auroc_undefined) {
  ClassificationMetrics metrics({"a", "b", "c"});
  metrics.add(std::vector{0.5f, 0.3f, 0.2f}, 0);
  metrics.add(std::vector{0.5f, 0.3f, 0.2f}, 1);
  const MetricValues values = metrics.values();
  ASSERT_FALSE(values.undefined.empty());
  EXPECT_EQ(values.undefined[0].first, "auroc");
  EXPECT_EQ(values.undefined[0].second, "no sample is of class \"c\"");
}

TEST(ClassificationMetrics, gives_up_ranking_beyond_its_memory_but_keeps_the_rest) {
  ClassificationMetrics metrics({"a", "b"}, {.max_ranking_scores = 2});
  for (int i = 0; i < 3; ++i) metrics.add(std::vector{0.4f, 0.6f}, i % 2);
  const MetricValues values = metrics.values();
  EXPECT_NEAR(*values.find("accuracy"), 1.0 / 3.0, 1e-12);
  EXPECT_EQ(values.find("auroc"), std::nullopt);
  EXPECT_THAT(values.undefined[0].second, HasSubstr("too many samples"));
}

TEST(MultilabelMetrics, one_half_is_a_prediction) {
  MultilabelMetrics metrics({"a", "b"});
  metrics.add(std::vector{0.5f, 0.4f}, std::vector<std::uint8_t>{1, 0});
  EXPECT_DOUBLE_EQ(*metrics.values().find("subset_accuracy"), 1.0);
  EXPECT_THAT(error_of([&] {
                metrics.add(std::vector{2.0f, 0.f}, std::vector<std::uint8_t>{1, 0});
              }),
              HasSubstr("label a is 2"));
  EXPECT_THAT(error_of([&] { metrics.add(std::vector{0.5f}, std::vector<std::uint8_t>{1}); }),
              HasSubstr("expected 2 of each"));
}

TEST(RegressionMetrics, ranks_and_refusals) {
  EXPECT_THAT(average_ranks({3.f, 1.f, 3.f, 2.f}), ElementsAre(3.5, 1.0, 3.5, 2.0));
  RegressionMetrics metrics;
  EXPECT_THAT(error_of([&] { metrics.add(std::numeric_limits<float>::infinity(), 1.0f); }),
              HasSubstr("prediction inf for target 1"));
  EXPECT_EQ(metrics.values().undefined.size(), metrics.infos().size());
}

}  // namespace
}  // namespace attune
