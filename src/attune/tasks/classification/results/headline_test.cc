#include "attune/tasks/classification/results/headline.h"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/tasks/classification/testing/two_classes.h"

namespace attune {
namespace {

TEST(HeadlineNumbers, AreTheMostTellingMetricsWithNotes) {
  const auto numbers = headline_numbers(of_two_classes(), {});
  ASSERT_EQ(numbers.size(), 5);
  EXPECT_EQ(numbers[0].name, "Accuracy");
  const Estimate wilson =
      wilson_interval(std::llround(*of_two_classes().values.find("accuracy") * 40), 40);
  EXPECT_EQ(numbers[0].note, fmt::format("95 %: {:.3f} to {:.3f}", wilson.low, wilson.high));
  EXPECT_EQ(numbers[1].note, "of class good");
  EXPECT_EQ(numbers[3].name, "AUROC");
  EXPECT_EQ(numbers[3].note, "");  // no interval was computed
  EXPECT_EQ(numbers[4].name, "ECE (calibration)");
  EXPECT_EQ(numbers[4].note, "lower is better");
}

TEST(HeadlineNumbers, TheDirectionIsWhatTheEvaluationSays) {
  ClassificationEvaluation evaluation = of_two_classes();
  for (MetricInfo& info : evaluation.infos) info.greater_is_better = info.name != "mcc";
  const auto numbers = headline_numbers(evaluation, {});
  EXPECT_EQ(numbers[2].note, "lower is better");
  EXPECT_EQ(numbers[4].note, "");
}

TEST(HeadlineNumbers, OfADecisionHaveItsRatesAndIntervals) {
  DecisionResults decision;
  decision.operating_point = OperatingPoint{};
  decision.accuracy = {0.5, 0.25, 0.75};
  decision.sensitivity = {0.875, 0.8, 0.9};
  ClassificationEvaluation evaluation = of_two_classes();
  evaluation.values.add("auroc_low", 0.6);
  evaluation.values.add("auroc_high", 0.9);
  const auto numbers = headline_numbers(evaluation, std::vector{decision});
  ASSERT_EQ(numbers.size(), 7);
  EXPECT_EQ(numbers[0].note, "95 %: 0.250 to 0.750");  // of the decision's accuracy
  EXPECT_EQ(numbers[3].note, "95 %: 0.600 to 0.900");
  EXPECT_EQ(numbers[5].name + numbers[5].value, "Sensitivity0.8750");
  EXPECT_EQ(numbers[6].value, "–");  // the specificity is undefined
  DecisionResults clustered;
  clustered.clustered = true;
  EXPECT_EQ(headline_numbers(evaluation, std::vector{clustered, clustered})[0].note, "");
}

TEST(HeadlineNumbers, OfLabelsAndNumbers) {
  MultilabelMetrics labels({"a", "b"});
  labels.add(std::vector{0.9f, 0.2f}, std::vector<std::uint8_t>{1, 0});
  ClassificationEvaluation of_labels(labels);
  of_labels.values = labels.values();
  EXPECT_EQ(headline_numbers(of_labels, {})[1].note, "micro");
  RegressionMetrics regression;
  regression.add(1, 1);
  regression.add(2, 3);
  ClassificationEvaluation of_numbers(regression);
  of_numbers.values = regression.values();
  of_numbers.infos = RegressionMetrics::infos();
  const auto numbers = headline_numbers(of_numbers, {});
  ASSERT_EQ(numbers.size(), 5);
  EXPECT_EQ(numbers[0].name, "Pearson r");
  EXPECT_EQ(numbers[3].note, "lower is better");  // RMSE
}

}  // namespace
}  // namespace attune
