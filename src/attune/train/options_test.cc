#include "attune/train/options.h"

#include <functional>

#include <gmock/gmock.h>

#include "attune/train/device.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TrainingArguments good() {
  return {.output_dir = "out"};
}

TEST(TrainingArgumentsTest, DefaultsContradictNothing) {
  EXPECT_THAT(find_problems(good()), IsEmpty());
}

/// Each case spoils good settings in one way, and one text says so.
TEST(TrainingArgumentsTest, EachContradictionIsToldOnce) {
  const std::pair<std::function<void(TrainingArguments&)>, const char*> cases[] = {
      {[](auto& a) { a.load_best_model_at_end = true; }, "load_best_model_at_end needs"},
      {[](auto& a) { a.early_stopping_patience = 2; }, "early_stopping_patience needs"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::reduce_lr_on_plateau; },
       "reduce_lr_on_plateau needs"},
      {[](auto& a) { a.warmup_steps = 10, a.warmup_ratio = 0.1; }, "expected one of them"},
      {[](auto& a) { a.max_steps = 0; }, "max_steps: got 0"},
      {[](auto& a) { a.bf16 = true, a.precision = Precision::fp32; }, "bf16 contradicts"},
      {[](auto& a) { a.use_cpu = true, a.device = DeviceName::cuda; }, "use_cpu contradicts"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::polynomial, a.lr_end = 1; },
       "expected less than learning_rate"},
      {[](auto& a) { a.save_strategy = SaveStrategy::best; }, "save_strategy best needs"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::cosine_with_min_lr; },
       "needs either lr_min"},
      {[](auto& a) {
         a.lr_scheduler_type = ScheduleName::cosine_warmup_with_min_lr;
         a.lr_min = 0, a.lr_min_rate = 0.1;
       },
       "needs either lr_min"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::cosine_with_min_lr, a.lr_min = 1; },
       "lr_min: got 1, expected at most learning_rate"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::warmup_stable_decay; },
       "needs lr_decay_steps"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::tri_stage, a.lr_min_rate = 0; },
       "lr_min_rate: got 0"},
      {[](auto& a) {
         a.lr_scheduler_type = ScheduleName::tri_stage;
         a.lr_hold_ratio = 0.2, a.lr_stable_steps = 5;
       },
       "lr_hold_ratio and lr_stable_steps are both given"},
      {[](auto& a) { a.lr_scheduler_type = ScheduleName::tri_stage, a.warmup_ratio = 0.7; },
       "0.7 of all updates and 0.4 at the peak"},
      {[](auto& a) { a.warmup_steps = 1.5; }, "warmup_steps: got 1.5"},
      {[](auto& a) { a.eval_steps = 2.5; }, "eval_steps: got 2.5"},
      {[](auto& a) { a.save_steps = 3.5; }, "save_steps: got 3.5"},
      {[](auto& a) { a.logging_steps = 4.5; }, "logging_steps: got 4.5"},
  };
  for (const auto& [spoil, expected] : cases) {
    TrainingArguments args = good();
    spoil(args);
    EXPECT_THAT(find_problems(args), ElementsAre(HasSubstr(expected)));
  }
}

TEST(TrainingArgumentsTest, SharesOfAllUpdatesAreNoProblem) {
  TrainingArguments args = good();
  args.warmup_steps = args.save_steps = args.logging_steps = 0.1;
  args.eval_steps = 0.25;
  EXPECT_THAT(find_problems(args), IsEmpty());
}

TEST(TrainingArgumentsTest, TheBestMetricGoesByTheNameOfEvaluations) {
  EXPECT_EQ(best_metric_name({}), "loss");
  EXPECT_EQ(best_metric_name({.metric_for_best_model = "eval_accuracy"}), "accuracy");
  EXPECT_EQ(best_metric_name({.metric_for_best_model = "f1"}), "f1");
}

TEST(ChooseDeviceTest, TheProcessorIsTakenWhereItIsAskedFor) {
  EXPECT_TRUE(choose_device(DeviceName::cpu).is_cpu());
  EXPECT_TRUE(choose_device(TrainingArguments{.use_cpu = true}).is_cpu());
}

TEST(Options, TrueMeansTheLastCheckpoint) {
  const auto choice = [](const char* given) {
    return resume_choice({.resume_from_checkpoint = given});
  };
  for (const char* given : {"last", "True", "true", "LAST"}) EXPECT_EQ(choice(given), "last");
  for (const char* given : {"False", "false", ""}) EXPECT_EQ(choice(given), std::nullopt);
  EXPECT_EQ(choice("out/checkpoint-4"), "out/checkpoint-4");
  EXPECT_EQ(resume_choice({}), std::nullopt);
}

TEST(Options, ARunThatKeepsSomethingNeedsAFolder) {
  TrainingArguments args{.save_strategy = SaveStrategy::no};
  EXPECT_FALSE(needs_output_folder(args));
  args.resume_from_checkpoint = "false";
  EXPECT_FALSE(needs_output_folder(args));
  args.resume_from_checkpoint = "last";
  EXPECT_TRUE(needs_output_folder(args));
  EXPECT_TRUE(needs_output_folder({}));
}

}  // namespace
}  // namespace attune
