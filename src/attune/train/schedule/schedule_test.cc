#include "attune/train/schedule/schedule.h"

#include <cmath>
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

/// fairseq's TriStageLRSchedule, stage by stage.
/// https://github.com/facebookresearch/fairseq/blob/00bc2798/fairseq/optim/lr_scheduler/tri_stage_lr_scheduler.py
double fairseq_tri_stage(std::int64_t update, double peak, std::int64_t warmup, std::int64_t hold,
                         std::int64_t decay, double init_scale, double final_scale) {
  if (update < warmup) {
    const double init = init_scale * peak;
    return init + (peak - init) / static_cast<double>(warmup) * static_cast<double>(update);
  }
  update -= warmup;
  if (update < hold) return peak;
  update -= hold;
  if (update > decay) return final_scale * peak;
  const double factor = -std::log(final_scale) / static_cast<double>(decay);
  return peak * std::exp(-factor * static_cast<double>(update));
}

TEST(Schedule, TriStageIsFairseqs) {
  // phase_ratio [0.1, 0.4, 0.5], init_lr_scale 0.01, final_lr_scale 0.05.
  const Schedule shares({.lr_scheduler_type = ScheduleName::tri_stage}, 200, false);
  const Schedule steps({.lr_scheduler_type = ScheduleName::tri_stage,
                        .warmup_steps = 13,
                        .lr_min_rate = 0.2,
                        .lr_warmup_rate = 0.3,
                        .lr_decay_steps = 60,
                        .lr_stable_steps = 41},
                       200, false);
  for (std::int64_t t = 0; t < 200; ++t) {
    EXPECT_NEAR(shares.learning_rate(t, 3e-5), fairseq_tri_stage(t, 3e-5, 20, 80, 100, 0.01, 0.05),
                1e-18)
        << t;
    EXPECT_NEAR(steps.learning_rate(t, 1), fairseq_tri_stage(t, 1, 13, 41, 60, 0.3, 0.2), 1e-14)
        << t;
  }
  EXPECT_DOUBLE_EQ(steps.learning_rate(199, 1), 0.2);
}

TEST(Schedule, TriStageFallsOverWhatRoundingLeaves) {
  const Schedule schedule(
      {.lr_scheduler_type = ScheduleName::tri_stage, .warmup_ratio = 0.1, .lr_hold_ratio = 0.25},
      95, false);
  // 10 updates (9.5 rounded up, as for every schedule), 23, and the other 62.
  EXPECT_DOUBLE_EQ(schedule.learning_rate(10, 1), 1);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(33, 1), 1);
  EXPECT_LT(schedule.learning_rate(34, 1), 1);
  EXPECT_NEAR(schedule.learning_rate(94, 1), std::pow(0.05, 61.0 / 62), 1e-12);
}

}  // namespace
}  // namespace attune
