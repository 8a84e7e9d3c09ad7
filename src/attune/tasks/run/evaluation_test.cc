#include "attune/tasks/run/evaluation.h"

#include <cmath>

#include <gtest/gtest.h>

namespace attune {
namespace {

Evaluation speech() {
  Evaluation evaluation{.runtime = 2, .samples = 8};
  evaluation.values.add("loss", 0.5);
  evaluation.values.add("wer", 0.123456);
  evaluation.values.add("auroc", std::nan(""), "one class only");
  evaluation.tables = "by speaker\n";
  evaluation.details["speakers"] = Json{{"ann", 0.25}};
  return evaluation;
}

TEST(Evaluation, TextHasAMetricALineThenTheTables) {
  EXPECT_EQ(evaluation_text(speech()),
            "  loss                 0.5000\n"
            "  wer                  0.1235\n"
            "  auroc                undefined: one class only\n"
            "by speaker\n");
}

TEST(Evaluation, ALongNameKeepsTheColumn) {
  Evaluation evaluation;
  evaluation.values.add("loss", 1);
  evaluation.values.add("sensitivity_at_specificity", 0.5);
  EXPECT_EQ(evaluation_text(evaluation),
            "  loss                       1.0000\n"
            "  sensitivity_at_specificity 0.5000\n");
}

TEST(Evaluation, JsonNamesEverythingWithThePrefix) {
  EXPECT_EQ(evaluation_json(speech(), "test_"),
            (Json{{"test_loss", 0.5},
                  {"test_wer", 0.123456},
                  {"test_undefined", {{"auroc", "one class only"}}},
                  {"test_speakers", {{"ann", 0.25}}},
                  {"test_runtime", 2.0},
                  {"test_samples", 8},
                  {"test_samples_per_second", 4.0}}));
}

}  // namespace
}  // namespace attune
