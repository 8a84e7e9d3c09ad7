#include "attune/cli/invocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json value(Invocation& invocation, const std::string& name) {
  return invocation.schema.find(name)->get();
}

TEST(Invocation, FlagsBeatTheFileAndTheFileThePreset) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "run.yaml";
  write_file_atomically(file, "train:\n  learning_rate: 1e-3\n  seed: 5\n");
  Invocation invocation = prepare(
      Verb::train, {"--preset", "sentiment-demo", "--config", file.string(), "--seed", "9"});
  EXPECT_EQ(invocation.task_name, "text-classification");           // the preset's
  EXPECT_EQ(value(invocation, "per_device_train_batch_size"), 32);  // the preset's
  EXPECT_EQ(value(invocation, "learning_rate"), 1e-3);              // the file's
  EXPECT_EQ(value(invocation, "seed"), 9);
}

TEST(Invocation, FindsTheTaskByFlagFileAndOptions) {
  EXPECT_EQ(prepare(Verb::train, {"--task=image-classification"}).task_name,
            "image-classification");
  EXPECT_EQ(prepare(Verb::train, {"--train-dir", "photos"}).task_name, "image-classification");
  EXPECT_EQ(prepare(Verb::predict, {"--text", "hello"}).task_name, "text-classification");
  EXPECT_THAT(error_of(ErrorKind::user, [] { prepare(Verb::train, {}); }),
              HasSubstr("--task is missing"));
}

TEST(Invocation, ReadsTheSettingsOfASavedModel) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "run.yaml",
                        "task: text-classification\n"
                        "data:\n  text_column: review\n  train_file: x.csv\n");
  const std::string model = folder.path().string();
  Invocation invocation = prepare(Verb::evaluate, {"--model", model});
  EXPECT_EQ(invocation.task_name, "text-classification");
  EXPECT_EQ(value(invocation, "text_column"), "review");
  EXPECT_EQ(value(invocation, "model"), model);
  EXPECT_FALSE(invocation.schema.find("text_column")->given);  // the user did not say it
}

TEST(Invocation, TellsAllProblemsAtOnce) {
  const std::string message = error_of(ErrorKind::user, [] {
    prepare(Verb::train, {"--task", "text-classification", "--lerning-rate", "1", "--seed", "x"});
  });
  EXPECT_THAT(message, HasSubstr("lerning-rate"));
  EXPECT_THAT(message, HasSubstr("learning-rate"));
  EXPECT_THAT(message, HasSubstr("seed"));
}

TEST(Invocation, HelpAsksForNothingElse) {
  const Invocation invocation = prepare(Verb::train, {"--help", "--seed", "x"});
  EXPECT_TRUE(invocation.help);
  EXPECT_FALSE(invocation.schema.fields().empty());
}

TEST(TakeOption, TakesBothSpellingsAndLeavesTheRest) {
  std::vector<std::string> arguments = {"--a", "1", "--task", "x", "--b=2"};
  EXPECT_EQ(take_option(arguments, "task"), "x");
  EXPECT_EQ(take_option(arguments, "b"), "2");
  EXPECT_EQ(take_option(arguments, "task"), "");
  EXPECT_THAT(arguments, ElementsAre("--a", "1"));
  std::vector<std::string> last = {"--task"}, followed = {"--task", "--seed"};
  error_of(ErrorKind::user, [&] { take_option(last, "task"); });
  error_of(ErrorKind::user, [&] { take_option(followed, "task"); });
}

}  // namespace
}  // namespace attune::cli
