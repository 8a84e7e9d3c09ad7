#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/config/schema.h"

namespace attune::config {

enum class Color { red, dark_blue };
constexpr auto enum_names(Color) {
  return std::to_array<std::pair<Color, std::string_view>>(
      {{Color::red, "red"}, {Color::dark_blue, "dark-blue"}});
}

namespace {

using ::testing::HasSubstr;

struct TrainPart {
  double learning_rate = 5e-5;
  std::int64_t save_steps = 500;
  std::optional<double> head_rate;
  Color color = Color::red;
  template <typename V>
  void visit(V& v) {
    v("learning_rate", learning_rate, "Peak learning rate", above(0));
    v("save_steps", save_steps, "Steps between checkpoints", at_least(1));
    v("head_rate", head_rate, "Rate of the head", above(0));
    v("color", color, "A choice");
  }
};

struct DataPart {
  std::string text_column = "text";
  std::vector<std::string> labels;
  bool shuffle = true;
  template <typename V>
  void visit(V& v) {
    v("text_column", text_column, "Column of the text");
    v("labels", labels, "Names of the labels");
    v("shuffle", shuffle, "Shuffle");
  }
};

struct ConfigTest : ::testing::Test {
  DataPart data;
  TrainPart train;
  Schema schema;
  ConfigTest() {
    schema.add_section("data", "What is learnt from");
    schema.add("data", data);
    schema.add_section("train", "How");
    schema.add("train", train);
  }
  std::string problems() {
    try {
      schema.problems().throw_if_any();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::user);
      return error.what();
    }
    return "";
  }
};

TEST_F(ConfigTest, LaterSourcesOverrideEarlierOnes) {
  schema.apply(parse_yaml("train:\n  learning_rate: 1e-3\n  save_steps: 10\n", "preset"));
  schema.apply(parse_yaml("save_steps: 20\ndata: {labels: [a, b]}\n", "run.yaml"));
  schema.apply_flags({"--save-steps", "30", "--color=dark-blue", "--no-shuffle"});
  EXPECT_EQ(problems(), "");
  EXPECT_DOUBLE_EQ(train.learning_rate, 1e-3);
  EXPECT_EQ(train.save_steps, 30);
  EXPECT_EQ(train.color, Color::dark_blue);
  EXPECT_FALSE(data.shuffle);
  EXPECT_EQ(data.labels, (std::vector<std::string>{"a", "b"}));
}

TEST_F(ConfigTest, AllProblemsAreToldAtOnceWithPlaceAndNearestName) {
  schema.apply(parse_yaml("train:\n  learning_rate: -1\n  save_step: 10\n", "run.yaml"));
  schema.apply_flags(
      {"--save-steps", "0.5", "--lerning-rate", "1", "--color", "green", "stray", "--head-rate"});
  const std::string text = problems();
  EXPECT_THAT(text, HasSubstr("7 problems"));
  EXPECT_THAT(text,
              HasSubstr("run.yaml:2: train.learning_rate: got \"-1\", expected a number above 0"));
  EXPECT_THAT(
      text,
      HasSubstr("run.yaml:3: train.save_step: unknown option (did you mean \"save_steps\"?)"));
  EXPECT_THAT(text, HasSubstr("--save-steps: got \"0.5\", expected a whole number at least 1"));
  EXPECT_THAT(text,
              HasSubstr("--lerning-rate: unknown option (did you mean \"--learning-rate\"?)"));
  EXPECT_THAT(text, HasSubstr("--color: got \"green\", expected one of: red, dark-blue"));
  EXPECT_THAT(text, HasSubstr("\"stray\": expected an option that begins with --"));
  EXPECT_THAT(text, HasSubstr("--head-rate: a value is missing"));
}

TEST_F(ConfigTest, UnderscoresSynonymsAndRepeatedListsWork) {
  schema.apply_flags({"--learning_rate=2e-5", "--text-column-name", "review", "--labels", "a,b",
                      "--labels", "c", "--shuffle", "--head-rate", "1e-3"});
  EXPECT_EQ(problems(), "");
  EXPECT_DOUBLE_EQ(train.learning_rate, 2e-5);
  EXPECT_EQ(data.text_column, "review");
  EXPECT_EQ(data.labels.size(), 3U);
  EXPECT_DOUBLE_EQ(train.head_rate.value(), 1e-3);
}

TEST_F(ConfigTest, HuggingFaceArgumentsAreAcceptedWithOneWarning) {
  std::vector<std::string> warnings;
  const auto before =
      set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  schema.apply(Document{.value = Json{{"learning_rate", 1e-4},
                                      {"head_rate", nullptr},
                                      {"save_steps", nullptr},
                                      {"deepspeed", nullptr},
                                      {"neftune_noise_alpha", 5},
                                      {"tf32", true}},
                        .source = "args.json"});
  set_log_sink(before);
  EXPECT_EQ(problems(), "");
  EXPECT_DOUBLE_EQ(train.learning_rate, 1e-4);
  EXPECT_EQ(train.save_steps, 500);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("not used: neftune_noise_alpha, tf32"));
}

TEST_F(ConfigTest, WhatIsWrittenReadsBackTheSame) {
  schema.apply_flags({"--labels", "yes,no", "--learning-rate", "3e-5", "--text-column", "null"});
  const Json before = schema.resolved();
  DataPart data2;
  TrainPart train2;
  Schema schema2;
  schema2.add_section("data", "");
  schema2.add("data", data2);
  schema2.add_section("train", "");
  schema2.add("train", train2);
  schema2.apply(parse_yaml(dump_yaml(before), "run.yaml"));
  EXPECT_TRUE(schema2.problems().empty());
  EXPECT_EQ(schema2.resolved(), before);
}

TEST_F(ConfigTest, HelpAndSchemaNameEveryOption) {
  const std::string help = schema.help_text();
  const Json json = schema.json_schema();
  for (const Field& field : schema.fields()) {
    EXPECT_THAT(help, HasSubstr(field.flag()));
    EXPECT_TRUE(json["properties"][field.section]["properties"].contains(field.name));
  }
  EXPECT_EQ(json["properties"]["train"]["properties"]["learning_rate"]["exclusiveMinimum"], 0.0);
}

TEST(Yaml, HostileFilesAreRefused) {
  EXPECT_THROW(parse_yaml("a: [1, 2", "x.yaml"), Error);
  EXPECT_THROW(parse_yaml("a: 1\na: 2\n", "x.yaml"), Error);
  EXPECT_THROW(parse_yaml("- 1\n- 2\n", "x.yaml"), Error);
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    laughs +=
        fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
  }
  EXPECT_THROW(parse_yaml(laughs, "x.yaml"), Error);
}

}  // namespace
}  // namespace attune::config
