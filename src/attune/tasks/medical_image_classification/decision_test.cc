#include "attune/tasks/medical_image_classification/decision.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "attune/base/error.h"

namespace attune {
namespace {

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
  const DecisionSettings settings{.threshold_rule = "specificity=0.9", .bootstrap_resamples = 100};
  const auto results = judge_decision(data, choose_decision(data, settings), settings, {});
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

TEST(Decision, UnknownLabelsAreLeftOut) {
  ScoredData data{.problem = ProblemType::multi_label_classification, .labels = {"a", "b"}};
  data.targets = at::tensor({1.F, 0.F, 0.F, std::nanf(""), 1.F, 1.F}).view({3, 2});
  data.logits = at::zeros({3, 2});
  EXPECT_EQ(class_column(data, data.logits, 0).samples.size(), 3U);
  EXPECT_EQ(class_column(data, data.logits, 1).samples.size(), 2U);
}

TEST(Decision, IsReadBackAndDamageIsTold) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("attune-decision-{}", getpid());
  fs::create_directories(folder);
  const ScoredData data = overconfident(200);
  const Decision decision = choose_decision(data, {});
  write_file_atomically(folder / kDecisionFile, dump_json(decision_to_json(decision, data.labels)));
  const Decision again = load_decision(folder, data.labels);
  EXPECT_EQ(again.temperature, decision.temperature);
  EXPECT_EQ(again.points.front().label, decision.points.front().label);
  EXPECT_EQ(again.points.front().point.threshold, decision.points.front().point.threshold);
  EXPECT_THROW(load_decision(folder, {"one", "two"}), Error);
  for (const char* text : {"{}", "[]", R"({"temperature": -1, "operating_points": {}})",
                           R"({"temperature": 1, "operating_points": {"ill": 3}})"}) {
    write_file_atomically(folder / kDecisionFile, text);
    EXPECT_THROW(load_decision(folder, data.labels), Error) << text;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace attune
