#include "attune/tasks/registry.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/tasks/presets.h"
#include "attune/tasks/run/saved/run_folder.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(Tasks, AnUnknownNameOffersTheNearest) {
  EXPECT_EQ(find_task("text-classification").name, "text-classification");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { find_task("text-clasification"); }),
              HasSubstr("did you mean \"text-classification\"?"));
}

TEST(Tasks, AreToldByTheArchitectureOfAConfig) {
  EXPECT_EQ(task_of_config({{"architectures", {"BertForSequenceClassification"}}}),
            "text-classification");
  EXPECT_EQ(task_of_config({{"architectures", {"BertModel"}}}), "");
  EXPECT_EQ(task_of_config({{"architectures", 7}}), "");
}

/// One flat name space of flags serves all sections, for every task and verb.
TEST(Tasks, NoTwoOptionsShareAName) {
  for (const TaskEntry& entry : task_registry()) {
    for (const Verb verb : {Verb::train, Verb::evaluate, Verb::predict}) {
      const auto task = entry.make();
      config::Schema schema;
      task->add_options(schema, verb);
      std::set<std::string> names;
      for (const config::Field& field : schema.fields()) {
        EXPECT_TRUE(names.insert(field.name).second) << entry.name << ": " << field.name;
        EXPECT_FALSE(field.help.empty()) << field.name;
      }
    }
  }
}

/// A slip in a name would make an option count as always, or never, of effect.
TEST(Tasks, WhatOptionsDependOnIsThere) {
  for (const TaskEntry& entry : task_registry()) {
    for (const Verb verb : {Verb::train, Verb::evaluate, Verb::predict}) {
      const auto task = entry.make();
      config::Schema schema;
      task->add_options(schema, verb);
      for (const config::Field& field : schema.fields()) {
        for (const config::Dependence& need : field.dependences) {
          const config::Field* const other = schema.find(need.option);
          ASSERT_NE(other, nullptr) << field.name << ": " << need.option;
          for (const std::string& value : need.values) {
            EXPECT_THAT(other->choices, ::testing::Contains(value)) << field.name;
          }
        }
      }
    }
  }
}

TEST(Presets, HoldOnlyOptionsOfTheirTask) {
  ASSERT_FALSE(presets().empty());
  for (const Preset& preset : presets()) {
    const auto task = find_task(std::string(preset.task)).make();
    config::Schema schema;
    task->add_options(schema, Verb::train);
    schema.apply(find_preset(std::string(preset.name)), {"task"});
    EXPECT_NO_THROW(schema.problems().throw_if_any()) << preset.name;
  }
  EXPECT_THROW(find_preset("berd"), Error);
}

TEST(Presets, TellWhatTheyAreForInWholeSentences) {
  EXPECT_EQ(about({.text = "# One line.\ndata:\n"}), "One line.");
  EXPECT_EQ(about({.text = "# Two\n# lines.\n\n# Not this.\n"}), "Two lines.");
  EXPECT_EQ(about({.text = "data:\n"}), "");
  for (const Preset& preset : presets()) {
    EXPECT_THAT(about(preset), ::testing::EndsWith(".")) << preset.name;
  }
}

TEST(RunYaml, ReadsBackAsTheSettingsItWasWrittenFrom) {
  const auto task = find_task("text-classification").make();
  config::Schema schema;
  task->add_options(schema, Verb::train);
  schema.apply_flags({"--learning-rate", "3e-5", "--labels", "no,yes", "--validation-split", "0.1",
                      "--pooling", "mean", "--output-dir", "a \"quoted\" folder"});
  const auto other = find_task("text-classification").make();
  config::Schema read;
  other->add_options(read, Verb::train);
  read.apply(config::parse_yaml(run_yaml("text-classification", schema), "run.yaml"), {"task"});
  EXPECT_NO_THROW(read.problems().throw_if_any());
  EXPECT_EQ(read.resolved(), schema.resolved());
}

}  // namespace
}  // namespace attune
