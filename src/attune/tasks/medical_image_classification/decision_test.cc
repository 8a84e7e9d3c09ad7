#include "attune/tasks/medical_image_classification/decision.h"

#include <cmath>

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/tasks/medical_image_classification/decided.h"

namespace attune {
namespace {

constexpr JudgingSettings kFast{.bootstrap_resamples = 100};

/// Logits that are right for most samples, and three times too sure.
ScoredData overconfident(std::int64_t samples) {
  ScoredData data{.labels = {"normal", "ill"}};
  data.targets = at::empty({samples}, at::kLong);
  data.logits = at::zeros({samples, 2}, at::kFloat);
  for (std::int64_t n = 0; n < samples; ++n) {
    const double score = std::sin(static_cast<double>(n) * 1.7) * 2;
    const bool ill = 1 / (1 + std::exp(-score)) > std::fmod(static_cast<double>(n) * 0.618, 1.0);
    data.targets[n] = ill ? 1 : 0;
    data.logits[n][1] = 3 * score;
  }
  return data;
}

TEST(Decision, TheTemperatureUndoesOverconfidence) {
  const Decision decision = choose_decision(overconfident(400), {});
  EXPECT_NEAR(decision.temperature, 3, 0.6);
  ASSERT_EQ(decision.points.size(), 1U);
  EXPECT_EQ(decision.points.front().label, 1);
}

TEST(Decision, TheRuleHoldsOnTheDataItWasChosenOn) {
  const ScoredData data = overconfident(300);
  const DecisionSettings settings{.threshold_rule = "specificity=0.9"};
  const auto results = judge_decision(data, choose_decision(data, settings), kFast, {});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_GE(results.front().specificity.value, 0.9);
  EXPECT_EQ(results.front().class_name, "ill");
  EXPECT_LE(results.front().auroc.low, results.front().auroc.value);
  EXPECT_GE(results.front().auroc.high, results.front().auroc.value);
}

TEST(Decision, ThePositiveLabelMayBeTheFirst) {
  const ScoredData data = overconfident(100);
  const Decision decision = choose_decision(data, {.positive_label = "normal"});
  EXPECT_EQ(decision.points.front().label, 0);
  EXPECT_THROW(positive_label_id("healthy", data.labels), Error);
}

TEST(Decision, ThresholdsDecideWhatIsCounted) {
  // Probabilities of "ill" 0.2, 0.4, 0.6, 0.9; called ill from 0.3 on, of which one is not.
  ScoredData data{.labels = {"normal", "ill"}};
  data.targets = at::tensor(std::vector<std::int64_t>{1, 1, 0, 1});
  data.logits = at::zeros({4, 2});
  const std::vector<double> ill = {0.2, 0.4, 0.6, 0.9};
  for (int n = 0; n < 4; ++n) data.logits[n][1] = std::log(ill[n] / (1 - ill[n]));
  Decision decision;
  decision.points = {{1, {.threshold = 0.3}}};
  ClassificationEvaluation evaluation{ClassificationMetrics(data.labels)};
  evaluation.values.add("loss", 0.5);
  decide_by_thresholds(evaluation, data, decision, 1);
  EXPECT_EQ(evaluation.values.values.front(), std::make_pair(std::string("loss"), 0.5));
  EXPECT_NEAR(*evaluation.values.find("accuracy"), 0.5, 1e-9);
  const auto& confusion = std::get<ClassificationMetrics>(evaluation.metrics).confusion();
  EXPECT_EQ(confusion.count(1, 1), 2);
  EXPECT_EQ(confusion.count(1, 0), 1);
  EXPECT_EQ(confusion.count(0, 1), 1);
  ASSERT_EQ(evaluation.mistakes.size(), 1U);  // 0.3 of 0.7 beyond; the other 0.1 of 0.3 below
  EXPECT_EQ(evaluation.mistakes.front().example, 2);
  EXPECT_EQ(evaluation.mistakes.front().called, std::vector<std::int64_t>{1});
}

TEST(Decision, EachOfSeveralLabelsHasItsThreshold) {
  ScoredData data{.problem = ProblemType::multi_label_classification, .labels = {"a", "b"}};
  data.targets = at::tensor({1.F, 0.F, 0.F, std::nanf("")}).view({2, 2});
  data.logits = at::tensor({-1.F, 1.F, -3.F, 3.F}).view({2, 2});
  Decision decision;
  decision.points = {{0, {.threshold = 0.2}}, {1, {.threshold = 0.9}}};
  ClassificationEvaluation evaluation{MultilabelMetrics(data.labels)};
  decide_by_thresholds(evaluation, data, decision, 10);
  EXPECT_EQ(evaluation.values.find("accuracy"), 1.0);
  EXPECT_TRUE(evaluation.mistakes.empty());
  decision.points[0].point.threshold = 0.5;
  decide_by_thresholds(evaluation, data, decision, 10);
  EXPECT_EQ(evaluation.values.find("accuracy"), 0.5);
  ASSERT_EQ(evaluation.mistakes.size(), 1U);
  EXPECT_EQ(evaluation.mistakes.front().called, std::vector<std::int64_t>{});
  EXPECT_EQ(evaluation.mistakes.front().label, 0);
  // Of the second sample "a" is right and "b" unknown, however far it is beyond its threshold.
  decision.points = {{0, {.threshold = 0.01}}, {1, {.threshold = 0.2}}};
  decide_by_thresholds(evaluation, data, decision, 10);
  ASSERT_EQ(evaluation.mistakes.size(), 2U);
  EXPECT_EQ(evaluation.mistakes[0].example, 0);
  EXPECT_EQ(evaluation.mistakes[0].label, 1);
  EXPECT_EQ(evaluation.mistakes[1].label, 0);
}

TEST(Decision, WhereNoThresholdCanBeChosenOneHalfDecides) {
  // "b" is known of one sample only, "c" of none.
  ScoredData data{.problem = ProblemType::multi_label_classification, .labels = {"a", "b", "c"}};
  const float unknown = std::nanf("");
  data.targets = at::tensor({1.F, 1.F, unknown, 0.F, unknown, unknown}).view({2, 3});
  data.logits = at::tensor({3.F, -1.F, 1.F, 1.F, 1.F, 2.F}).view({2, 3});
  EXPECT_EQ(one_sided_labels(data, {}), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(one_sided_labels(data, {.threshold_rule = "0.3"}).empty());
  const Decision decision = choose_decision(data, {.temperature_scaling = false});
  ASSERT_EQ(decision.points.size(), 3U);
  EXPECT_GT(decision.points[0].point.threshold, 0.7);
  EXPECT_EQ(decision.points[1].point.threshold, 0.5);
  const auto results = judge_decision(data, decision, kFast, {});
  EXPECT_EQ(results[1].counts.false_negatives, 1);
  EXPECT_EQ(results[2].counts.total(), 0);
  EXPECT_TRUE(std::isnan(results[2].accuracy.value));
}

TEST(Decision, WithoutStoredOneOneHalfOrTheLargestDecides) {
  EXPECT_EQ(plain_decision(ProblemType::multi_label_classification, {"a", "b"}).points.size(), 2U);
  const ProblemType single = ProblemType::single_label_classification;
  EXPECT_EQ(plain_decision(single, {"well", "ill"}).points.front().label, 1);
  const std::vector<std::string> three = {"a", "b", "c"};
  EXPECT_TRUE(plain_decision(single, three).points.empty());
  ScoredData data{.labels = three};
  data.targets = at::tensor(std::vector<std::int64_t>{0, 1, 2, 2});
  data.logits =
      at::tensor({2.F, 1.F, 0.F, 2.F, 1.F, 0.F, 0.F, 0.F, 1.F, 1.F, 0.F, 3.F}).view({4, 3});
  const auto decisions = label_decisions(data, plain_decision(single, three));
  ASSERT_EQ(decisions.size(), 3U);
  EXPECT_EQ(decisions[0].called, (std::vector<std::uint8_t>{1, 1, 0, 0}));
  EXPECT_EQ(decisions[2].called, (std::vector<std::uint8_t>{0, 0, 1, 1}));
}

TEST(Decision, UnknownLabelsAreLeftOut) {
  ScoredData data{.problem = ProblemType::multi_label_classification, .labels = {"a", "b"}};
  data.targets = at::tensor({1.F, 0.F, 0.F, std::nanf(""), 1.F, 1.F}).view({3, 2});
  data.logits = at::zeros({3, 2});
  EXPECT_EQ(class_column(data, data.logits, 0).samples.size(), 3U);
  EXPECT_EQ(class_column(data, data.logits, 1).samples.size(), 2U);
}

TEST(Decision, IsReadBackAndDamageIsTold) {
  const TemporaryFolder temporary;
  const fs::path& folder = temporary.path();
  const ScoredData data = overconfident(200);
  const Decision decision = choose_decision(data, {});
  write_file_atomically(folder / kDecisionFile, dump_json(decision_to_json(decision, data.labels)));
  const Decision again = load_decision(folder, data.problem, data.labels);
  EXPECT_EQ(again.temperature, decision.temperature);
  EXPECT_EQ(again.points.front().label, decision.points.front().label);
  EXPECT_EQ(again.points.front().point.threshold, decision.points.front().point.threshold);
  EXPECT_THROW(load_decision(folder, data.problem, {"one", "two"}), Error);
  // Thresholds of another problem: a model of three classes has none, of several labels one each.
  for (const auto& [problem, labels] :
       {std::pair{data.problem, std::vector<std::string>{"normal", "ill", "other"}},
        {ProblemType::multi_label_classification, data.labels}}) {
    EXPECT_THAT(error_of([&] { load_decision(folder, problem, labels); }),
                testing::HasSubstr("it has 1 thresholds"));
  }
  for (const char* text : {"{}", "[]", R"({"temperature": -1, "operating_points": {}})",
                           R"({"temperature": 1, "operating_points": {"ill": 3}})",
                           R"({"temperature": 1, "operating_points": {}})",
                           R"({"temperature": 1, "operating_points": {
                               "ill": {"threshold": 0.5, "rule": "0.5", "sensitivity": 1,
                                       "specificity": 1, "positives": 1, "negatives": 1},
                               "normal": {"threshold": 0.5, "rule": "0.5", "sensitivity": 1,
                                          "specificity": 1, "positives": 1, "negatives": 1}}})"}) {
    write_file_atomically(folder / kDecisionFile, text);
    EXPECT_THROW(load_decision(folder, data.problem, data.labels), Error) << text;
  }
}

}  // namespace
}  // namespace attune
