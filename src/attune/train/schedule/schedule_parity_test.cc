// Goldens: tests/parity/optim/make_golden.py (transformers' get_scheduler, torch's OneCycleLR and
// ReduceLROnPlateau).
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/config/schema.h"
#include "attune/train/schedule/schedule.h"

namespace attune {
namespace {

Json golden() {
  return read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/optim/optim.json");
}

TEST(ScheduleParity, LearningRatesEqualThePeers) {
  for (const Json& test : golden().at("schedules")) {
    TrainingArguments args;
    config::Schema schema;
    schema.add_section("train", "");
    schema.add("train", args);
    Json options = test.at("options");
    for (const char* name : {"lr_scheduler_type", "warmup_steps", "learning_rate"}) {
      options[name] = test.at(name);
    }
    SCOPED_TRACE(options.dump());
    schema.apply({.value = options, .source = "golden"});
    ASSERT_NO_THROW(schema.problems().throw_if_any());
    const Schedule schedule(args, test.at("total").get<std::int64_t>(), false);
    const double peak = test.at("learning_rate").get<double>();
    const auto rates = test.at("rates").get<std::vector<double>>();
    for (std::size_t i = 0; i < rates.size(); ++i) {
      EXPECT_NEAR(schedule.learning_rate(static_cast<std::int64_t>(i), peak), rates[i],
                  1e-12 + 1e-9 * peak)
          << "update " << i;
    }
  }
}

TEST(ScheduleParity, PlateauEqualsThePeerAndResumes) {
  for (const Json& test : golden().at("plateau")) {
    TrainingArguments args{.lr_scheduler_type = ScheduleName::reduce_lr_on_plateau,
                           .lr_plateau_factor = 0.3,
                           .lr_plateau_patience = 2,
                           .lr_plateau_threshold = 1e-3,
                           .lr_plateau_min = 5e-4};
    Schedule schedule(args, 100, test.at("greater_is_better").get<bool>());
    const auto metrics = test.at("metrics").get<std::vector<double>>();
    const auto rates = test.at("rates").get<std::vector<double>>();
    for (std::size_t i = 0; i < metrics.size(); ++i) {
      Schedule next(args, 100, test.at("greater_is_better").get<bool>());
      next.load_state(schedule.state());
      schedule = next;
      schedule.observe(metrics[i]);
      EXPECT_NEAR(schedule.learning_rate(50, 1e-2), rates[i], 1e-12) << "evaluation " << i;
    }
  }
}

TEST(Schedule, WarmUpByStepsOrRatio) {
  EXPECT_EQ(warmup_updates({.warmup_steps = 12}, 100), 12);
  EXPECT_EQ(warmup_updates({.warmup_steps = 0.1}, 95), 10);
  EXPECT_EQ(warmup_updates({.warmup_ratio = 0.1}, 95), 10);
  for (const auto type : {ScheduleName::slanted_triangular, ScheduleName::one_cycle,
                          ScheduleName::constant, ScheduleName::reduce_lr_on_plateau}) {
    const Schedule schedule({.lr_scheduler_type = type, .warmup_steps = 20}, 100, false);
    EXPECT_LT(schedule.learning_rate(0, 1), 0.1);
    EXPECT_LT(schedule.learning_rate(10, 1), 0.7);
    EXPECT_NEAR(schedule.learning_rate(20, 1), 1, 0.01);
  }
}

TEST(Schedule, NeverNegativeNorAbovePeakForAnyLength) {
  for (int type = 0; type <= static_cast<int>(ScheduleName::reduce_lr_on_plateau); ++type) {
    for (const double warmup : {0.0, 1.0, 3.0, 50.0}) {
      for (std::int64_t total = 1; total < 40; ++total) {
        const Schedule schedule(
            {.lr_scheduler_type = static_cast<ScheduleName>(type), .warmup_steps = warmup}, total,
            false);
        for (std::int64_t step = 0; step < total; ++step) {
          const double rate = schedule.learning_rate(step, 1e-3);
          EXPECT_TRUE(rate >= 0 && rate <= 1e-3 * (1 + 1e-9))
              << type << " " << warmup << " " << total << " " << step << ": " << rate;
        }
      }
    }
  }
}

}  // namespace
}  // namespace attune
