#include "attune/config/schema.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/config/values.h"

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
                                      {"eval_delay", 5},
                                      {"tf32", true}},
                        .source = "args.json"});
  set_log_sink(before);
  EXPECT_EQ(problems(), "");
  EXPECT_DOUBLE_EQ(train.learning_rate, 1e-4);
  EXPECT_EQ(train.save_steps, 500);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("not used:\n  eval_delay: "));
  EXPECT_THAT(warnings[0], HasSubstr("\n  tf32: "));
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

struct LatePart {
  Color when = Color::red;
  std::int64_t steps = 500;
  template <typename V>
  void visit(V& v) {
    v("when", when, "A choice").settled_later();
    v("steps", steps, "A number", at_least(1)).settled_later();
  }
};

TEST(SettledLater, WhatIsWrittenSaysNothingOfWhatWasNotGiven) {
  LatePart options, again;
  Schema schema, reader;
  schema.add_section("s", "");
  schema.add("s", options);
  reader.add_section("s", "");
  reader.add("s", again);
  reader.apply(parse_yaml(dump_yaml(schema.resolved()), "x.yaml"));
  reader.problems().throw_if_any();
  EXPECT_FALSE(reader.find("when")->given);
  EXPECT_FALSE(reader.find("steps")->given);
  // Its default, where somebody says it, is said.
  schema.apply_flags({"--when", "red"});
  EXPECT_EQ(schema.resolved(), Json::parse(R"({"s": {"when": "red", "steps": null}})"));
  reader.apply(parse_yaml(dump_yaml(schema.resolved()), "x.yaml"));
  EXPECT_TRUE(reader.find("when")->given);
  // A flag takes back what a file has said.
  reader.apply_flags({"--steps", "7", "--when", "null"});
  reader.apply_flags({"--steps=null"});
  reader.problems().throw_if_any();
  EXPECT_FALSE(reader.find("when")->given);
  EXPECT_EQ(again.steps, 500);
  // What was settled is shown.
  options.steps = 3;
  EXPECT_EQ(schema.resolved().at("s").at("steps"), 3);
  EXPECT_EQ(schema.json_schema()["properties"]["s"]["properties"]["when"]["enum"],
            Json({"red", "dark-blue", nullptr}));
}

struct OutputPart {
  std::string page, results;
  template <typename V>
  void visit(V& v) {
    v("page", page, "").written({".html"});
    v("results", results, "").written({".json"});
  }
};

TEST_F(ConfigTest, ADashIsStandardOutput) {
  OutputPart part;
  schema.add("eval", part);
  schema.apply_flags({"--page", "a.html"});
  EXPECT_FALSE(schema.settle_outputs());
  schema.apply_flags({"--results", "-"});
  EXPECT_TRUE(schema.settle_outputs());
  EXPECT_EQ(part.results, kStandardOutput);
  EXPECT_EQ(problems(), "");
  schema.apply_flags({"--page=-"});
  EXPECT_TRUE(schema.settle_outputs());
  EXPECT_THAT(problems(), HasSubstr("--page and --results are both standard output"));
}

TEST_F(ConfigTest, AnUnknownOptionMayBelongElsewhere) {
  schema.explain_unknown([](const std::string& name) {
    return name == "folds" || name == "use_cpu" ? "an option of train: leave it out" : "";
  });
  schema.apply_flags({"--folds", "3", "--use-cpu", "--nonsense"});
  schema.apply(parse_yaml("data:\n  folds: 1\nuse_cpu: 1\n", "x.yaml"));
  const std::string text = problems();
  EXPECT_THAT(text, HasSubstr("--folds: an option of train: leave it out"));
  EXPECT_THAT(text, HasSubstr("--use-cpu: an option of train"));
  EXPECT_THAT(text, HasSubstr("--nonsense: unknown option"));
  EXPECT_THAT(text, HasSubstr("x.yaml: data.folds, use_cpu: an option of train"));
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

TEST_F(ConfigTest, AFlagIsSetInEverySpelling) {
  for (const char* no : {"--no-shuffle", "--no_shuffle", "--shuffle=false", "--shuffle=No",
                         "--shuffle=0", "--shuffle=off"}) {
    data.shuffle = true;
    schema.apply_flags({no});
    EXPECT_EQ(problems(), "") << no;
    EXPECT_FALSE(data.shuffle) << no;
  }
  for (const std::vector<std::string>& yes : {std::vector<std::string>{"--shuffle"},
                                              {"--shuffle", "yes"},
                                              {"--shuffle=TRUE"},
                                              {"--no-shuffle", "--shuffle"}}) {
    data.shuffle = false;
    schema.apply_flags(yes);
    EXPECT_TRUE(data.shuffle) << yes.front();
  }
  EXPECT_EQ(problems(), "");
}

TEST_F(ConfigTest, ANegationIsOfFlagsAloneAndTakesNoValue) {
  schema.apply_flags({"--no-shuffle=true"});
  schema.apply_flags({"--no-color", "red"});
  schema.apply_flags({"--shuffle", "perhaps"});
  const std::string text = problems();
  EXPECT_THAT(text, HasSubstr("3 problems"));
  EXPECT_THAT(text, HasSubstr("--no-shuffle: takes no value; use --shuffle=true"));
  EXPECT_THAT(text, HasSubstr("--no-color: unknown option"));
  EXPECT_THAT(text, HasSubstr("\"perhaps\": expected an option"));
  EXPECT_TRUE(data.shuffle);
}

struct NamedNo {
  std::string no_repeat = "3";
  bool no_history = false;
  template <typename V>
  void visit(V& v) {
    v("no_repeat", no_repeat, "An option whose name begins like a negation");
    v("no_history", no_history, "A flag whose name does");
  }
};

TEST(Flags, AnOptionMayItselfBeginWithNo) {
  NamedNo options;
  Schema schema;
  schema.add_section("s", "");
  schema.add("s", options);
  schema.apply_flags({"--no-repeat", "5", "--no_history"});
  schema.problems().throw_if_any();
  EXPECT_EQ(options.no_repeat, "5");
  EXPECT_TRUE(options.no_history);
  schema.apply_flags({"--no-no-history", "--no_repeat=7"});
  schema.problems().throw_if_any();
  EXPECT_FALSE(options.no_history);
  EXPECT_EQ(options.no_repeat, "7");
}

TEST_F(ConfigTest, ValuesMayLookLikeSomethingElse) {
  schema.apply_flags({"--text-column=--a=b", "--head-rate", "1", "--head-rate", "null"});
  EXPECT_EQ(problems(), "");
  EXPECT_EQ(data.text_column, "--a=b");
  EXPECT_FALSE(train.head_rate);
  schema.apply_flags({"--text-column", "null", "--save-steps", "2", "--save-steps", "+3"});
  EXPECT_EQ(problems(), "");
  EXPECT_EQ(data.text_column, "null");  // a text that cannot be unset
  EXPECT_EQ(train.save_steps, 3);       // the last counts
  schema.apply_flags({"--text-column", ""});
  EXPECT_EQ(data.text_column, "");
}

TEST_F(ConfigTest, NumbersOutOfRangeAreNamedAndNotTaken) {
  schema.apply_flags({"--learning-rate", "nan"});
  schema.apply_flags({"--learning-rate=inf"});
  schema.apply_flags({"--learning-rate", "-1"});
  schema.apply_flags({"--learning-rate", "1e999"});
  schema.apply_flags({"--save-steps", "9223372036854775808"});
  schema.apply_flags({"--save-steps", "0"});
  const std::string text = problems();
  EXPECT_THAT(text, HasSubstr("6 problems"));
  for (const char* got : {"\"nan\"", "\"inf\"", "\"-1\"", "\"1e999\"", "\"9223372036854775808\""}) {
    EXPECT_THAT(text, HasSubstr(std::string("got ") + got)) << got;
  }
  EXPECT_DOUBLE_EQ(train.learning_rate, 5e-5);
  EXPECT_EQ(train.save_steps, 500);
}

TEST_F(ConfigTest, AListOfTheFlagsReplacesTheFiles) {
  schema.apply(parse_yaml("data: {labels: [a, b]}", "run.yaml"));
  schema.apply_flags({"--labels", "c , d", "--labels=e"});
  EXPECT_EQ(data.labels, (std::vector<std::string>{"c", "d", "e"}));
  schema.apply_flags({"--labels="});
  EXPECT_EQ(data.labels, std::vector<std::string>());
  EXPECT_EQ(problems(), "");
}

TEST_F(ConfigTest, WhatASavedRunWasGivenIsADefault) {
  schema.apply_known(
      parse_yaml("data:\n  text_column: review\n  learning_rate: 1\n"
                 "other:\n  save_steps: 3\ntrain:\n  save_steps: 7\n  new: 1\n",
                 "run.yaml"));
  EXPECT_EQ(problems(), "");
  EXPECT_EQ(data.text_column, "review");
  EXPECT_FALSE(schema.find("text_column")->given);
  EXPECT_EQ(train.save_steps, 7);
  EXPECT_DOUBLE_EQ(train.learning_rate, 5e-5);  // stands in the wrong section
}

TEST_F(ConfigTest, TheSchemaAllowsTheNamesThatAreAccepted) {
  const Json json = schema.json_schema();
  const Json& of_data = json["properties"]["data"];
  EXPECT_EQ(of_data["additionalProperties"], false);
  for (const char* name : {"text_column", "text_column_name", "deepspeed"}) {
    EXPECT_TRUE(of_data["properties"].contains(name)) << name;
    schema.apply(parse_yaml(fmt::format("data:\n  {}: text\n", name), "run.yaml"));
  }
  EXPECT_TRUE(of_data["patternProperties"].contains("-"));
  schema.apply(parse_yaml("data:\n  text-column: text\n  labels: a,b\n", "run.yaml"));
  EXPECT_EQ(problems(), "");
  EXPECT_EQ(of_data["properties"]["labels"]["type"], Json({"array", "string"}));
  EXPECT_EQ(of_data["properties"]["shuffle"]["type"], "boolean");
  EXPECT_EQ(json["properties"]["train"]["properties"]["head_rate"]["type"],
            Json({"number", "null"}));
}

struct LongHelp {
  bool x = false;
  template <typename V>
  void visit(V& v) {
    std::string help;
    for (int i = 0; i < 60; ++i) help += "word ";
    v("x", x, help);
  }
};

TEST_F(ConfigTest, HelpKeepsToTheWidthOfATerminal) {
  LongHelp options;
  schema.add("train", options);
  std::size_t longest = 0;
  for (std::size_t at = 0, end = 0; at < schema.help_text().size(); at = end + 1) {
    end = schema.help_text().find('\n', at);
    longest = std::max(longest, end - at);
  }
  EXPECT_GT(longest, 80U);
  EXPECT_LE(longest, 96U);
  EXPECT_THAT(schema.help_text(), HasSubstr("[5e-05]"));
  EXPECT_THAT(schema.markdown(),
              HasSubstr("| `color` | red | one of: red, dark-blue | A choice |"));
}

constexpr Trait kTable{"source", "a table"}, kJson{"source", "a JSON file"},
    kFolder{"source", "a folder"}, kDeep{"pixels", "deep pictures"};

struct Dependent {
  std::string optim = "adam", column = "text", separator = ",";
  double momentum = 0.9, noise = 0;
  bool nesterov = false;
  std::optional<std::int64_t> patience;
  std::optional<std::string> problem;
  template <typename V>
  void visit(V& v) {
    v("optim", optim, "Optimizer");
    v("momentum", momentum, "Momentum").only_with("optim", {"sgd", "lion"});
    v("nesterov", nesterov, "Nesterov").only_with("momentum").only_with("patience");
    v("patience", patience, "Patience");
    v("noise", noise, "Noise").only_with("patience");
    v("problem", problem, "Null: known later");
    v("column", column, "Column").only_for({kTable, kJson});
    v("separator", separator, "Separator").only_for({kTable, kDeep}).only_with("problem", {"many"});
  }
};

struct WithoutEffect : ::testing::Test {
  WithoutEffect() {
    schema.add_section("s", "");
    schema.add("s", options);
  }
  std::string problems() {
    try {
      schema.find_without_effect();
      schema.problems().throw_if_any();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  Dependent options;
  Schema schema;
};

TEST_F(WithoutEffect, AFlagIsRefusedEvenAtItsDefault) {
  schema.apply_flags({"--momentum", "0.9"});
  EXPECT_EQ(problems(),
            "--momentum has no effect without --optim sgd|lion: set that too, or leave it out");
}

TEST_F(WithoutEffect, WhatItNeedsMayStandAnywhere) {
  schema.apply_flags({"--momentum", "0.9", "--noise", "1", "--optim", "lion", "--patience", "0"});
  EXPECT_THAT(problems(), HasSubstr("--noise has no effect without --patience"));
}

TEST_F(WithoutEffect, OneOfSeveralNeedsIsEnough) {
  schema.apply_flags({"--nesterov"});
  EXPECT_EQ(problems(), "");  // momentum is set by default
  schema.apply_flags({"--momentum", "0", "--optim", "sgd"});
  EXPECT_EQ(problems(),
            "--nesterov has no effect without --momentum or --patience: set that too, "
            "or leave it out");
}

TEST_F(WithoutEffect, AFileMayListDefaultsAndAPresetAnything) {
  schema.apply_preset(parse_yaml("momentum: 0.5\n", "preset"));
  schema.apply(parse_yaml("noise: 0\ncolumn: text\n", "all.yaml"));
  schema.find_unserved({kFolder});
  EXPECT_EQ(problems(), "");
  schema.apply(parse_yaml("momentum: 0.3\n", "own.yaml"));
  EXPECT_THAT(problems(), HasSubstr("--momentum has no effect"));
}

TEST_F(WithoutEffect, ASavedRunAsksForNothing) {
  schema.apply_known(parse_yaml("s: {momentum: 0.3, column: c}\n", "run.yaml"));
  schema.find_unserved({kFolder});
  EXPECT_EQ(problems(), "");
}

TEST_F(WithoutEffect, WhatIsKnownLaterIsNotRefused) {
  schema.apply_flags({"--separator", ";"});
  EXPECT_EQ(problems(), "");
  schema.apply_flags({"--problem", "one"});
  EXPECT_THAT(problems(), HasSubstr("--separator has no effect without --problem many"));
}

TEST_F(WithoutEffect, OptionsForOtherInputsAreRefused) {
  schema.apply_flags({"--column", "text", "--separator", ";"});
  EXPECT_THAT(schema.unserved(std::array{kFolder, kTable}), ::testing::IsEmpty());
  EXPECT_THAT(schema.unserved(std::array{kFolder}),
              ::testing::ElementsAre(
                  "--column is for a table or a JSON file; given is a folder: leave it out",
                  "--separator is for a table; given is a folder: leave it out"));
  // Of another aspect: the column serves any.
  EXPECT_THAT(schema.unserved(std::array{Trait{"pixels", "plain pictures"}}),
              ::testing::ElementsAre(HasSubstr("--separator is for deep pictures")));
}

TEST_F(WithoutEffect, AProblemIsToldOnce) {
  schema.apply_flags({"--momentum", "0.1"});
  EXPECT_EQ(problems(), problems());
}

TEST(Values, AStructTellsWhatDoesNothingOfItself) {
  Dependent options;
  EXPECT_THAT(find_without_effect(options), ::testing::IsEmpty());
  options.momentum = 0.1;
  options.noise = 2;
  EXPECT_THAT(find_without_effect(options),
              ::testing::ElementsAre(HasSubstr("--momentum"), HasSubstr("--noise")));
}

}  // namespace
}  // namespace attune::config
