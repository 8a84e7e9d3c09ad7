#include "attune/cli/verbs.h"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/config/document.h"
#include "attune/pretrained/formats/safetensors/safetensors.h"

namespace attune::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a verb that succeeds prints.
std::string output_of(int (*verb)(const Arguments&), const Arguments& arguments) {
  ::testing::internal::CaptureStdout();
  int status = -1;
  try {
    status = verb(arguments);
  } catch (...) {
    ::testing::internal::GetCapturedStdout();
    throw;
  }
  EXPECT_EQ(status, 0);
  return ::testing::internal::GetCapturedStdout();
}

std::string user_error(int (*verb)(const Arguments&), const Arguments& arguments) {
  return error_of(ErrorKind::user, [&] { output_of(verb, arguments); });
}

TEST(Config, ListsPresetsWithAllThatTheySay) {
  const std::string text = output_of(run_config, {"presets"});
  EXPECT_THAT(text, HasSubstr("text-classification/bert\n    Full fine-tuning"));
  // The comment of this one has two lines.
  EXPECT_THAT(text, HasSubstr("every four epochs, smaller rates towards the input.\n"));
}

TEST(Config, PrintsSettingsThatAreReadBackAsTheSame) {
  const TemporaryFolder folder;
  const Arguments given = {"--preset", "bert", "--seed", "3", "--labels", "no,yes"};
  const std::string first = output_of(run_config, given);
  const std::string file = (folder.path() / "run.yaml").string();
  write_file_atomically(file, first);
  EXPECT_EQ(output_of(run_config, {"--config", file}), first);
  EXPECT_EQ(config::parse_yaml(first, "x").value.at("train").at("seed"), "3");
}

TEST(Config, PrintsASchemaAndAReferenceOfTheTask) {
  const Json schema =
      parse_json(output_of(run_config, {"schema", "--task", "image-classification"}), "schema");
  EXPECT_TRUE(schema.at("properties").at("data").at("properties").contains("train_dir"));
  EXPECT_THAT(output_of(run_config, {"reference", "--task", "text-classification"}),
              AllOf(HasSubstr("# Options of text-classification"), HasSubstr("| `text_column` |"),
                    Not(HasSubstr("train_dir"))));
}

TEST(Config, ListsArchitecturesAndRefusesOtherWords) {
  EXPECT_THAT(output_of(run_config, {"architectures"}), HasSubstr("resnet18"));
  EXPECT_THAT(user_error(run_config, {"preset"}),
              HasSubstr("got \"preset\", expected presets, architectures, schema or reference"));
  EXPECT_THAT(output_of(run_config, {"--help"}), HasSubstr("usage: attune config"));
}

TEST(Tokenize, TellsAllThatIsMissing) {
  const std::string message = user_error(run_tokenize, {"--thread", "2"});
  for (const char* part : {"4 problems", "--thread: unknown option (did you mean \"--threads\"?)",
                           "--model is missing", "--input-file is missing", "--output-file is"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_THAT(output_of(run_tokenize, {"--help"}), HasSubstr("--output-file"));
}

TEST(TrainLm, TellsAllThatIsMissing) {
  const std::string message = user_error(run_train_lm, {"--ordr", "9", "--prune", "0,-1"});
  for (const char* part : {"4 problems", "did you mean \"--order\"?", "--input is missing",
                           "--output is missing", "--prune: got \"-1\""}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
  EXPECT_THAT(output_of(run_train_lm, {"--help"}), HasSubstr("--discount-fallback"));
}

class Inspect : public ::testing::Test {
 protected:
  /// A file of weights: a row of two numbers, and one number.
  std::string write_weights(const std::string& name) const {
    const std::string path = (folder_.path() / name).string();
    const std::array<TensorView, 2> tensors = {
        TensorView{.name = "w", .dtype = DType::f32, .shape = {1, 2}, .bytes = bytes()},
        TensorView{.name = "b", .dtype = DType::i32, .shape = {}, .bytes = bytes().first(4)}};
    write_safetensors(path, tensors);
    return path;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(numbers_)); }

  const std::array<float, 2> numbers_ = {1, 2};
  const TemporaryFolder folder_;
};

TEST_F(Inspect, TellsWhatAFileOfWeightsHolds) {
  const std::string path = write_weights("model.safetensors");
  const Json facts = parse_json(output_of(run_inspect, {"--json", path}), "json");
  EXPECT_EQ(facts.at("format"), "safetensors");
  EXPECT_EQ(facts.at("num_parameters"), 3);
  EXPECT_EQ(facts.at("family"), nullptr);
  EXPECT_EQ(facts.at("parameters_by_dtype"), (Json{{"F32", 2}, {"I32", 1}}));
  for (const Json& tensor : facts.at("tensors")) {
    if (tensor.at("name") == "w") {
      EXPECT_EQ(tensor.at("shape"), Json({1, 2}));
      EXPECT_EQ(tensor.at("sha256"), sha256_hex(bytes()));
    }
  }
  const std::string text = output_of(run_inspect, {path});
  EXPECT_THAT(text, HasSubstr("parameters  3 in 2 tensors (2 F32, 1 I32)"));
  EXPECT_THAT(text, HasSubstr("family      unknown"));
}

TEST_F(Inspect, TellsFamilyAndLabelsOfAFolder) {
  write_weights("model.safetensors");
  // Keys are texts in any order, names need not be; labels end where a number is missing.
  write_file_atomically(
      folder_.path() / "config.json",
      R"({"model_type": "bert", "architectures": ["BertForSequenceClassification"],
                            "id2label": {"1": "yes", "0": 7, "3": "lost"}})");
  const Json facts =
      parse_json(output_of(run_inspect, {folder_.path().string(), "--json"}), "json");
  EXPECT_EQ(facts.at("family"), "bert");
  EXPECT_EQ(facts.at("task"), "text-classification");
  EXPECT_EQ(facts.at("labels"), Json({"7", "yes"}));
}

// Looked up one by one, 200,000 labels took over a minute.
TEST_F(Inspect, ManyLabelsTakeLinearTimeAndTheFirstAreShown) {
  write_weights("model.safetensors");
  std::string config = R"({"model_type": "bert", "id2label": {"0": "l0")";
  for (int i = 1; i < 200'000; ++i) config += fmt::format(R"(, "{0}": "l{0}")", i);
  write_file_atomically(folder_.path() / "config.json", config + "}}");
  const std::clock_t start = std::clock();
  const std::string text = output_of(run_inspect, {folder_.path().string()});
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 2);
  EXPECT_THAT(text, HasSubstr("l38, l39 and 199960 more\n"));
}

TEST_F(Inspect, TellsWhatIsWrongWithItsArguments) {
  EXPECT_THAT(user_error(run_inspect, {}), HasSubstr("got 0 arguments"));
  EXPECT_THAT(user_error(run_inspect, {"a", "b"}), HasSubstr("got 2 arguments"));
  EXPECT_THAT(user_error(run_inspect, {"--jsn", "a"}), HasSubstr("did you mean \"--json\"?"));
  EXPECT_THAT(user_error(run_inspect, {"missing.png"}), HasSubstr("there is no such file"));
  EXPECT_THAT(output_of(run_inspect, {"--help"}), HasSubstr("usage: attune inspect"));
}

TEST(Train, HelpNamesTheTasksOptions) {
  EXPECT_THAT(output_of(run_train, {"--help", "--task", "image-classification"}),
              AllOf(HasSubstr("--train-dir"), HasSubstr("Options of the task image-classification"),
                    Not(HasSubstr("--text-column"))));
  EXPECT_THAT(output_of(run_predict, {"--help"}),
              AllOf(HasSubstr("--model"), HasSubstr("attune predict --help --task TASK, of "
                                                    "text-classification, image-classification")));
}

}  // namespace
}  // namespace attune::cli
