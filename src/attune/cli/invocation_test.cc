#include "attune/cli/invocation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune::cli {
namespace {

using ::testing::AllOf;
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

TEST(Invocation, ATaskThatTheModelCannotBeIsNotGuessed) {
  const TemporaryFolder folder;
  const std::string model = folder.path().string();
  const auto refusal = [&](Verb verb, const std::string& option) {
    return error_of(ErrorKind::user, [&] { prepare(verb, {"--model", model, option, "x"}); });
  };
  const auto write = [&](const std::string& text) {
    write_file_atomically(folder.path() / "config.json", text);
  };
  write(R"({"model_type": "wav2vec2", "architectures": ["Wav2Vec2ForPreTraining"]})");
  for (const auto& [verb, option] : {std::pair{Verb::predict, "--input"},
                                     {Verb::evaluate, "--manifest"},
                                     {Verb::train, "--manifest"}}) {
    EXPECT_THAT(refusal(verb, option),
                AllOf(HasSubstr("--task is missing"), HasSubstr("\"wav2vec2\""),
                      HasSubstr("task speech-recognition")));
  }
  write(R"({"model_type": "resnet"})");
  EXPECT_THAT(refusal(Verb::predict, "--text"),
              HasSubstr("task image-classification and medical-image-classification"));
  EXPECT_EQ(prepare(Verb::predict, {"--model", model, "--input", "x"}).task_name,
            "image-classification");
  // Of what is not known here the options tell.
  write(R"({"model_type": "other"})");
  EXPECT_EQ(prepare(Verb::predict, {"--model", model, "--text", "x"}).task_name,
            "text-classification");
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

TEST(Invocation, OnlyTheTaskThatSavedAModelKnowsWhatItKeepsBesideTheCheckpoint) {
  const TemporaryFolder folder;
  const auto task_of = [&](const std::string& saved_by, const std::string& flag) {
    write_file_atomically(folder.path() / "run.yaml", "task: " + saved_by + "\n");
    return prepare(Verb::predict, {"--task", flag, "--model", folder.path().string()}).task_name;
  };
  EXPECT_THAT(error_of([&] { task_of("medical-image-classification", "image-classification"); }),
              HasSubstr("saved by the task medical-image-classification"));
  EXPECT_EQ(task_of("image-classification", "medical-image-classification"),
            "medical-image-classification");
  EXPECT_EQ(task_of("of another program", "image-classification"), "image-classification");
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

TEST(Invocation, AFlagMayStandBeforeAndBehindTheFileThatItOverrides) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "a.json").string();
  write_file_atomically(file, R"({"seed": 5, "data": {"labels": ["a"]}, "eval_strategy": null})");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--seed=9", "--labels", "b,c", "--config", file},
        {"--config=" + file, "--labels=b", "--seed", "9", "--labels=c"}}) {
    std::vector<std::string> given = arguments;
    given.insert(given.end(), {"--task", "text-classification"});
    Invocation invocation = prepare(Verb::train, given);
    EXPECT_EQ(value(invocation, "seed"), 9);
    EXPECT_EQ(value(invocation, "labels"), Json({"b", "c"}));
  }
}

TEST(Invocation, TheTaskOfAFlagBeatsTheFilesAndTheFilesThePresets) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "a.yaml").string();
  write_file_atomically(file, "task: image-classification\n");
  const std::vector<std::string> preset{"--preset", "bert", "--config", file};
  EXPECT_EQ(prepare(Verb::train, preset).task_name, "image-classification");
  std::vector<std::string> flag = preset;
  flag.insert(flag.end(), {"--task", "medical-image-classification"});
  EXPECT_EQ(prepare(Verb::train, flag).task_name, "medical-image-classification");
}

TEST(Invocation, AnOptionOfAnotherVerbIsSaidToBeOne) {
  const auto problem = [](Verb verb, const std::vector<std::string>& arguments) {
    return error_of(ErrorKind::user, [&] { prepare(verb, arguments); });
  };
  EXPECT_THAT(problem(Verb::evaluate, {"--task", "text-classification", "--group-column", "g"}),
              HasSubstr("--group-column: an option of train and check, which evaluate does not "
                        "have: leave it out"));
  EXPECT_THAT(problem(Verb::predict, {"--task=text-classification", "--learning_rate=1"}),
              HasSubstr("--learning_rate: an option of train and check, which predict"));
  EXPECT_THAT(problem(Verb::train, {"--task=text-classification", "--text", "x"}),
              HasSubstr("--text: an option of predict, which train does not have"));
  EXPECT_THAT(problem(Verb::train, {"--task=text-classification", "--train-dir", "x"}),
              HasSubstr("--train-dir: an option of the task image-classification and "
                        "medical-image-classification and speech-recognition, and this is "
                        "text-classification"));
}

TEST(Invocation, UseCpuIsADeviceOfEveryVerb) {
  Invocation invocation =
      prepare(Verb::predict, {"--task", "text-classification", "--use_cpu", "--text", "x"});
  EXPECT_EQ(value(invocation, "device"), "cpu");
}

TEST(Invocation, AFileOfAnotherTaskIsSaidToBeOne) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "run.yaml").string();
  write_file_atomically(file,
                        "task: text-classification\ndata:\n  train_file: a.csv\n"
                        "  text_column: t\ntrain:\n  seed: 3\n");
  const std::string message = error_of(ErrorKind::user, [&] {
    prepare(Verb::train, {"--config", file, "--task", "image-classification"});
  });
  EXPECT_THAT(message, HasSubstr("it is of the task text-classification, and this run is of "
                                 "image-classification, which has no train_file and 1 more"));
  // What both tasks have is taken.
  write_file_atomically(file, "task: text-classification\ntrain:\n  seed: 3\n");
  Invocation invocation =
      prepare(Verb::train, {"--config", file, "--task", "image-classification"});
  EXPECT_EQ(value(invocation, "seed"), 3);
}

TEST(Invocation, AFileOfAnotherTaskThanTheModelsIsSaidToBeOne) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "a.yaml").string();
  write_file_atomically(file, "task: image-classification\n");
  write_file_atomically(folder.path() / "run.yaml", "task: text-classification\n");
  const std::string message = error_of(ErrorKind::user, [&] {
    prepare(Verb::predict,
            {"--model", folder.path().string(), "--config", file, "--text", "hello"});
  });
  EXPECT_THAT(message, HasSubstr("it is of the task image-classification, and the model"));
  EXPECT_THAT(message, HasSubstr("of text-classification: leave the file out"));
}

TEST(Invocation, AModelThatTheFileNamesBringsItsSettings) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "run.yaml",
                        "task: text-classification\ndata:\n  text_column: review\n");
  const std::string file = (folder.path() / "a.yaml").string();
  for (const char* form : {"pretrained:\n  model: {}\n", "model_name_or_path: {}\n"}) {
    write_file_atomically(file, fmt::format(fmt::runtime(form), folder.path().string()));
    Invocation invocation = prepare(Verb::evaluate, {"--config", file});
    EXPECT_EQ(value(invocation, "text_column"), "review");
    EXPECT_EQ(value(invocation, "model"), folder.path().string());
  }
  Invocation flag = prepare(Verb::evaluate, {"--model_name_or_path=" + folder.path().string()});
  EXPECT_EQ(value(flag, "text_column"), "review");
}

TEST(Invocation, NamesTheNearestTaskPresetAndFile) {
  const auto problem = [](const std::vector<std::string>& arguments) {
    return error_of([&] { prepare(Verb::train, arguments); });
  };
  EXPECT_THAT(problem({"--task", "image-clasification"}),
              HasSubstr("did you mean \"image-classification\"?"));
  EXPECT_THAT(problem({"--preset", "brt"}), HasSubstr("did you mean \"bert\"?"));
  EXPECT_THAT(problem({"--config", "nowhere.yaml"}), HasSubstr("nowhere.yaml: No such file"));
  EXPECT_THAT(problem({"--config"}), HasSubstr("--config: a value is missing"));
  EXPECT_THAT(problem({"--config", "settings.toml"}), HasSubstr("settings.toml"));
}

TEST(Invocation, ProblemsOfFileAndFlagsAreToldTogetherWithTheirPlace) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "run.yaml").string();
  write_file_atomically(file, "task: text-classification\ntrain:\n  sed: 1\n  learning_rate: -1\n");
  const std::string message = error_of(ErrorKind::user, [&] {
    prepare(Verb::train, {"--config", file, "--wieght-decay=1", "--num-train-epochs"});
  });
  EXPECT_THAT(message, HasSubstr("4 problems"));
  EXPECT_THAT(message, HasSubstr("run.yaml:3: train.sed: unknown option (did you mean \"seed\"?)"));
  EXPECT_THAT(message, HasSubstr("run.yaml:4: train.learning_rate: got \"-1\""));
  EXPECT_THAT(message, HasSubstr("(did you mean \"--weight-decay\"?)"));
  EXPECT_THAT(message, HasSubstr("--num-train-epochs: a value is missing"));
}

TEST(Invocation, ASavedModelMayHaveNoSettingsOrDamagedOnes) {
  const TemporaryFolder folder;
  const std::string model = folder.path().string();
  write_file_atomically(folder.path() / "config.json",
                        R"({"architectures": ["ResNetForImageClassification"]})");
  EXPECT_EQ(prepare(Verb::predict, {"--model", model}).task_name, "image-classification");
  write_file_atomically(folder.path() / "run.yaml", "task: [1\n");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         prepare(Verb::predict, {"--model", model});
                       }),
              HasSubstr("run.yaml"));
  write_file_atomically(folder.path() / "run.yaml", "task: text-clasification\n");
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] {
                         prepare(Verb::predict, {"--model", model});
                       }),
              HasSubstr("text-clasification"));
}

TEST(Invocation, WhatANegationNamesCountsForTheTaskToo) {
  EXPECT_EQ(prepare(Verb::train, {"--no-check-images"}).task_name, "image-classification");
  EXPECT_EQ(prepare(Verb::train, {"--no_check_images"}).task_name, "image-classification");
}

TEST(Invocation, AFolderHasNoRevision) {
  const TemporaryFolder folder;
  const std::string model = folder.path().string();
  EXPECT_THAT(error_of([&] {
                prepare(Verb::predict, {"--task", "text-classification", "--model", model, "--text",
                                        "a", "--revision", "v2"});
              }),
              HasSubstr("--revision is for models of the hub"));
}

TEST(TakeOption, OfTwoNoneIsTaken) {
  std::vector<std::string> arguments{"--task", "a", "--task=b"};
  EXPECT_THAT(error_of([&] { take_option(arguments, "task"); }),
              HasSubstr("--task is given twice"));
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
