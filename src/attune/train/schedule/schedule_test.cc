#include "attune/train/schedule/schedule.h"

#include <limits>

#include <gtest/gtest.h>

namespace attune {
namespace {

// An undefined metric must neither become the best value, which nothing would ever beat, nor reset
// the count of bad evaluations.
TEST(Schedule, NoMetricIsNoImprovement) {
  TrainingArguments args{.lr_scheduler_type = ScheduleName::reduce_lr_on_plateau};
  args.lr_plateau_patience = 1;
  args.lr_plateau_factor = 0.5;
  Schedule schedule(args, 100, true);
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  schedule.observe(undefined);
  schedule.observe(0.5);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(0, 1), 1);
  schedule.observe(0.75);
  schedule.observe(undefined);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(0, 1), 1);
  schedule.observe(0.7);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(0, 1), 0.5);
}

}  // namespace
}  // namespace attune
