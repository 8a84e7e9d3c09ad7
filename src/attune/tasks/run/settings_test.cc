#include "attune/tasks/run/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/tasks/run/sections.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class Settings : public ::testing::Test {
 protected:
  Settings() { add_run_options(schema_, settings_, std::tie(), std::tie(), std::tie()); }
  std::string problems() {
    return error_of(ErrorKind::user, [&] { schema_.problems().throw_if_any(); });
  }

  RunSettings settings_;
  config::Schema schema_;
};

TEST_F(Settings, AreCompletedOnlyWhereNothingWasSaid) {
  complete_arguments(settings_.train, true, schema_);
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::epoch);
  EXPECT_EQ(settings_.train.save_strategy, SaveStrategy::epoch);
  EXPECT_EQ(settings_.train.save_total_limit, 1);
}

TEST_F(Settings, CompletedTwiceAreTheSame) {
  complete_arguments(settings_.train, true, schema_);
  const Json once = schema_.resolved();
  complete_arguments(settings_.train, true, schema_);
  EXPECT_EQ(schema_.resolved(), once);
  // What was added is no wish of the user's.
  EXPECT_FALSE(schema_.find("eval_strategy")->given);
  EXPECT_FALSE(schema_.find("save_total_limit")->given);
}

TEST_F(Settings, ALimitOfCheckpointsStays) {
  schema_.apply_flags({"--save-total-limit", "3"});
  complete_arguments(settings_.train, false, schema_);
  EXPECT_EQ(settings_.train.save_strategy, SaveStrategy::epoch);
  EXPECT_EQ(settings_.train.save_total_limit, 3);
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::no);
}

TEST_F(Settings, AnOutputFolderIsNotTheModelsOwnUnderAnyName) {
  const TemporaryFolder folder;
  settings_.pretrained.model = folder.path().string();
  settings_.train.output_dir = (folder.path() / "." / "x" / "..").string();
  fs::create_directory(folder.path() / "x");
  find_folder_problems(settings_, schema_.problems());
  EXPECT_THAT(problems(), HasSubstr("the run would overwrite it"));
}

TEST_F(Settings, AModelIsNotInAFolderThatIsCleared) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "out" / "fold-1");
  fs::create_directory_symlink(folder.path() / "out" / "fold-1", folder.path() / "model");
  settings_.pretrained.model = (folder.path() / "model").string();
  settings_.train.output_dir = (folder.path() / "out").string();
  find_folder_problems(settings_, schema_.problems());
  EXPECT_NO_THROW(schema_.problems().throw_if_any());
  settings_.train.overwrite_output_dir = true;
  find_folder_problems(settings_, schema_.problems());
  EXPECT_THAT(problems(), HasSubstr("which would be cleared"));
}

TEST_F(Settings, AreLeftWhereTheUserSaysThem) {
  schema_.apply_flags({"--eval-strategy", "no", "--save-steps", "7"});
  complete_arguments(settings_.train, true, schema_);
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::no);
  EXPECT_EQ(settings_.train.save_strategy, SaveStrategy::steps);
  EXPECT_FALSE(settings_.train.save_total_limit);
}

TEST_F(Settings, TakeEvaluationBackWhereTheDataBringNone) {
  settings_.train.output_dir = "out";
  complete_arguments(settings_.train, true, schema_);
  withdraw_evaluation(settings_.train, schema_);
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::no);
  EXPECT_NO_THROW(schema_.problems().throw_if_any());
}

TEST_F(Settings, SayThatAWishNeedsValidationData) {
  schema_.apply_flags({"--load-best-model-at-end"});
  complete_arguments(settings_.train, true, schema_);
  withdraw_evaluation(settings_.train, schema_);
  EXPECT_THAT(problems(), HasSubstr("load_best_model_at_end needs"));
}

TEST_F(Settings, SayThatAnEvaluationNeedsValidationData) {
  schema_.apply_flags({"--eval-strategy", "epoch"});
  withdraw_evaluation(settings_.train, schema_);
  EXPECT_THAT(problems(), HasSubstr("--eval-strategy needs validation data"));
}

TEST_F(Settings, OfAPresetYieldWithoutValidationData) {
  settings_.train.output_dir = "out";
  schema_.apply_preset(
      config::parse_yaml("train:\n  eval_strategy: epoch\n  save_strategy: best\n"
                         "  load_best_model_at_end: true\n"
                         "  early_stopping_patience: 2\n",
                         "preset"));
  complete_arguments(settings_.train, false, schema_);
  find_run_problems(settings_, false, schema_.problems());
  EXPECT_NO_THROW(schema_.problems().throw_if_any());
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::no);
  EXPECT_EQ(settings_.train.save_strategy, SaveStrategy::epoch);
  EXPECT_FALSE(settings_.train.load_best_model_at_end);
  EXPECT_FALSE(settings_.train.early_stopping_patience);
}

TEST_F(Settings, OfAPresetYieldWhereTheDataBringNoValidation) {
  settings_.train.output_dir = "out";
  schema_.apply_preset(config::parse_yaml("train:\n  eval_strategy: epoch\n", "preset"));
  complete_arguments(settings_.train, true, schema_);
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::epoch);
  withdraw_evaluation(settings_.train, schema_);
  EXPECT_NO_THROW(schema_.problems().throw_if_any());
  EXPECT_EQ(settings_.train.eval_strategy, IntervalStrategy::no);
}

TEST_F(Settings, OfAPresetThatTheUserRepeatsDoNotYield) {
  schema_.apply_preset(config::parse_yaml("train:\n  eval_strategy: epoch\n", "preset"));
  schema_.apply_flags({"--load-best-model-at-end"});
  settings_.train.output_dir = "out";
  complete_arguments(settings_.train, false, schema_);
  find_run_problems(settings_, false, schema_.problems());
  EXPECT_THAT(
      problems(),
      HasSubstr("load_best_model_at_end needs an evaluation while training: validation data"));
}

/// What `attune config` writes, read back, is the same run as without it.
TEST_F(Settings, ThatArePrintedAreTheSameRun) {
  RunSettings again;
  config::Schema reader;
  add_run_options(reader, again, std::tie(), std::tie(), std::tie());
  reader.apply(config::parse_yaml(config::dump_yaml(schema_.resolved()), "printed.yaml"));
  ASSERT_TRUE(reader.problems().empty());
  for (const bool has_validation : {true, false}) {
    complete_arguments(settings_.train, has_validation, schema_);
    complete_arguments(again.train, has_validation, reader);
    EXPECT_EQ(reader.resolved(), schema_.resolved());
    EXPECT_EQ(again.train.eval_strategy, settings_.train.eval_strategy);
    EXPECT_EQ(again.train.save_strategy, settings_.train.save_strategy);
  }
}

TEST_F(Settings, TellEveryProblemOfARun) {
  schema_.apply_flags({"--eval-strategy", "epoch", "--warmup-steps", "3", "--warmup-ratio", "0.1"});
  find_run_problems(settings_, false, schema_.problems());
  find_folder_problems(settings_, schema_.problems());
  const std::string text = problems();
  for (const char* part : {"--output-dir is missing", "--eval-strategy needs", "warmup_ratio"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace attune
