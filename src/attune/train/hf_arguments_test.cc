// What becomes of Hugging Face's TrainingArguments, from a file and as flags. The stored list:
// tests/parity/transformers/training_arguments.py.
#include "attune/config/hf_arguments.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/text/strings.h"
#include "attune/config/schema.h"
#include "attune/train/options.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The options of a run, and what is told while they are read.
struct TrainSchema {
  TrainSchema() {
    schema.add_section("train", "");
    schema.add("train", args);
    before = set_log_sink([this](LogLevel, std::string_view text) { told.emplace_back(text); });
  }
  ~TrainSchema() { set_log_sink(before); }
  TrainSchema(const TrainSchema&) = delete;
  TrainSchema& operator=(const TrainSchema&) = delete;

  void apply(Json value) { schema.apply({.value = std::move(value), .source = "args.json"}); }
  std::string problems() {
    return error_of(ErrorKind::user, [&] { schema.problems().throw_if_any(); });
  }

  TrainingArguments args;
  config::Schema schema;
  std::vector<std::string> told;
  LogSink before;
};

struct StoredArgument {
  std::string name, kind;
  Json initial;
};

std::vector<StoredArgument> stored_arguments() {
  std::ifstream file(std::string(ATTUNE_SOURCE_DIR) +
                     "/tests/parity/transformers/training_arguments.txt");
  std::vector<StoredArgument> arguments;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    const std::vector<std::string> cells = split(line, '\t');
    arguments.push_back({cells.at(0), cells.at(1), Json::parse(cells.at(2))});
  }
  return arguments;
}

TEST(HfArguments, EveryOneIsKnownAndItsDefaultSaysNothing) {
  const auto stored = stored_arguments();
  ASSERT_GT(stored.size(), 140U);
  for (const StoredArgument& argument : stored) {
    TrainSchema run;
    run.apply({{argument.name, argument.initial}});
    EXPECT_TRUE(run.schema.problems().empty()) << argument.name << ": " << run.problems();
    EXPECT_THAT(run.told, IsEmpty()) << argument.name;
  }
}

TEST(HfArguments, EveryFlagIsTakenWithItsValuesInBothSpellings) {
  for (const StoredArgument& argument : stored_arguments()) {
    std::string name = argument.name;
    for (const bool hyphens : {false, true}) {
      if (hyphens) std::replace(name.begin(), name.end(), '_', '-');
      const bool is_option = TrainSchema().schema.knows(name);
      if (is_option) continue;
      std::vector<std::string> words = {"--" + name};
      if (argument.kind == "value") words.emplace_back("0");
      if (argument.kind == "values") words.insert(words.end(), {"all", "none"});
      words.insert(words.end(), {"--seed", "5"});
      TrainSchema run;
      run.schema.apply_flags(words);
      EXPECT_EQ(run.args.seed, 5) << name;
      if (!run.schema.problems().empty()) {
        EXPECT_THAT(run.problems(), AllOf(HasSubstr("--" + name), HasSubstr("leave it out")));
        continue;
      }
      EXPECT_THAT(run.told,
                  ElementsAre(HasSubstr("--" + name + ", an argument of Hugging Face's")));
    }
  }
}

TEST(HfArguments, FlagsSayWhatHappensHere) {
  TrainSchema run;
  run.schema.apply_flags({"--do_train", "--do-eval", "true", "--fp16", "--report_to", "wandb",
                          "tensorboard", "--no_dataloader_pin_memory", "--seed=9"});
  ASSERT_TRUE(run.schema.problems().empty()) << run.problems();
  EXPECT_EQ(run.args.seed, 9);
  EXPECT_THAT(run.told,
              ElementsAre(HasSubstr("follows from the verb"), HasSubstr("follows from the verb"),
                          HasSubstr("float32 or bfloat16"), HasSubstr("log.jsonl"),
                          HasSubstr("--no_dataloader_pin_memory")));
}

TEST(HfArguments, AFileIsToldInOneWarning) {
  TrainSchema run;
  run.apply({{"fp16", true}, {"eval_delay", 2}, {"report_to", {"wandb"}}, {"ddp_timeout", "1800"}});
  ASSERT_TRUE(run.schema.problems().empty());
  EXPECT_THAT(run.told, ElementsAre(AllOf(HasSubstr("args.json"), HasSubstr("fp16: "),
                                          HasSubstr("eval_delay: "), HasSubstr("report_to: "))));
  EXPECT_THAT(run.told[0], ::testing::Not(HasSubstr("ddp_timeout")));
}

TEST(HfArguments, WhatWouldGiveAnotherModelIsRefused) {
  TrainSchema run;
  run.apply({{"neftune_noise_alpha", 5}, {"optim_target_modules", "all-linear"}});
  run.schema.apply_flags({"--optim_args", "a=1", "--optim", "lion_32bit"});
  EXPECT_THAT(run.problems(),
              AllOf(HasSubstr("4 problems"), HasSubstr("neftune_noise_alpha: got 5"),
                    HasSubstr("optim_target_modules: got"), HasSubstr("--optim_args: got"),
                    HasSubstr("--optim: got \"lion_32bit\", expected one of: adamw")));
  EXPECT_THAT(run.told, IsEmpty());
}

TEST(HfArguments, TheSamplingStrategyIsTheOrderOfExamples) {
  TrainSchema run;
  run.apply({{"train_sampling_strategy", "group_by_length"}});
  EXPECT_TRUE(run.args.group_by_length);
  run.schema.apply_flags({"--train-sampling-strategy", "random"});
  EXPECT_FALSE(run.args.group_by_length);
  EXPECT_TRUE(run.schema.problems().empty());
  run.schema.apply_flags({"--train_sampling_strategy=batch_rebalance"});
  EXPECT_THAT(run.problems(), HasSubstr("--train_sampling_strategy: got \"batch_rebalance\", "
                                        "expected random or group_by_length"));
}

TEST(HfArguments, ScheduleArgumentsAreTheSchedulesOptions) {
  TrainSchema run;
  // They may stand before the schedule whose they are.
  run.apply({{"lr_scheduler_kwargs", {{"num_decay_steps", 10}, {"decay_type", "1-sqrt"}}},
             {"lr_scheduler_type", "warmup_stable_decay"}});
  ASSERT_TRUE(run.schema.problems().empty()) << run.problems();
  EXPECT_EQ(run.args.lr_decay_steps, 10);
  EXPECT_EQ(run.args.lr_decay_type, RampShape::one_minus_sqrt);
  TrainSchema flags;
  flags.schema.apply_flags({"--lr_scheduler_kwargs", R"({"num_cycles": 3})", "--lr_scheduler_type",
                            "cosine_with_restarts"});
  ASSERT_TRUE(flags.schema.problems().empty()) << flags.problems();
  EXPECT_EQ(flags.args.lr_num_cycles, 3);
}

TEST(HfArguments, ScheduleArgumentsOfAnotherScheduleAreRefused) {
  const auto problem = [](const char* type, Json kwargs) {
    TrainSchema run;
    run.apply({{"lr_scheduler_type", type}, {"lr_scheduler_kwargs", std::move(kwargs)}});
    return run.problems();
  };
  EXPECT_THAT(problem("cosine", {{"power", 2}}),
              HasSubstr("lr_scheduler_type cosine has no \"power\"; it takes: num_cycles"));
  EXPECT_THAT(problem("linear", {{"num_cycles", 2}}), HasSubstr("it takes none"));
  EXPECT_THAT(problem("cosine_with_min_lr", {{"min_lr", -1}}),
              AllOf(HasSubstr("lr_min"), HasSubstr("at least 0")));
  EXPECT_THAT(problem("cosine", "num_cycles=2"), HasSubstr("expected an object"));
  EXPECT_THAT(problem("greedy", nullptr), HasSubstr("greedy is not offered: reduce_lr_on_plateau"));
}

TEST(HfArguments, TheFlagsOfOldVersionsAreOptions) {
  TrainSchema run;
  run.schema.apply_flags({"--adafactor", "--per_gpu_train_batch_size", "4", "--no_cuda"});
  ASSERT_TRUE(run.schema.problems().empty()) << run.problems();
  EXPECT_EQ(run.args.optim, OptimizerName::adafactor);
  EXPECT_EQ(run.args.per_device_train_batch_size, 4);
  EXPECT_TRUE(run.args.use_cpu);
}

struct OnlyDevice {
  DeviceName device = DeviceName::automatic;
  template <typename V>
  void visit(V& v) {
    v("device", device, "Where");
  }
};

TEST(HfArguments, UseCpuIsADeviceWhereItIsNoOption) {
  OnlyDevice options;
  config::Schema schema;
  schema.add_section("eval", "");
  schema.add("eval", options);
  schema.apply_flags({"--use-cpu"});
  EXPECT_TRUE(schema.problems().empty());
  EXPECT_EQ(options.device, DeviceName::cpu);
}

}  // namespace
}  // namespace attune
