#include "attune/tasks/run/epoch_table.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

EpochSummary epoch(std::int64_t number, std::vector<std::pair<std::string, double>> metrics) {
  EpochSummary summary;
  summary.epoch = number;
  summary.train_loss = 0.5;
  summary.learning_rate = 2e-5;
  summary.samples_per_second = 1234.56;
  summary.seconds = 3;
  summary.metrics = std::move(metrics);
  return summary;
}

TEST(EpochTable, ShowsTheHeadlinesInTheirOrderUnderOneHeader) {
  EpochTable table({{"loss", kFalls, kHeadline},
                    {"wer", kFalls, kHeadline},
                    {"cer", kFalls, kDetail},
                    {"auroc", kRises, kHeadline}},
                   "texts");
  EXPECT_EQ(table.add(epoch(1, {{"eval_wer", 0.25}, {"eval_cer", 0.125}, {"eval_loss", 0.75}})),
            "epoch train loss       loss        wer         lr    texts/s       time\n"
            "    1     0.5000     0.7500     0.2500   2.00e-05     1234.6       3.0s");
  // A column once begun stays; one that the first epoch did not have is not added.
  EXPECT_EQ(table.add(epoch(2, {{"eval_auroc", 0.9}, {"eval_loss", 0.5}})),
            "    2     0.5000     0.5000          -   2.00e-05     1234.6       3.0s");
}

TEST(EpochTable, OfARunWithoutEvaluationHasTheLossOfTraining) {
  EpochTable table({{"loss", kFalls, kHeadline}}, "sentence pairs");
  EXPECT_EQ(table.add(epoch(1, {})),
            "epoch train loss         lr sentence pairs/s       time\n"
            "    1     0.5000   2.00e-05           1234.6       3.0s");
}

}  // namespace
}  // namespace attune
