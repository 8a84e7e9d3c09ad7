#include "attune/tasks/run/predict/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Doubles numbers; strings cannot be used, and null is a bug of the caller's.
class Doubler : public Predictor {
 public:
  std::vector<Json> answer(std::span<const Json> inputs) override {
    batches.push_back(inputs.size());
    std::vector<Json> answers;
    for (const Json& input : inputs) {
      check(!input.is_null(), ErrorKind::user, "nothing to double");
      if (input.is_string()) {
        answers.push_back({{"error", "no number"}});
      } else {
        answers.push_back({{"twice", 2 * input.get<int>()}});
      }
    }
    return answers;
  }
  std::vector<std::size_t> batches;
};

NextInput inputs_of(std::vector<PredictInput> inputs) {
  return
      [inputs = std::move(inputs), next = std::size_t{0}]() mutable -> std::optional<PredictInput> {
        if (next == inputs.size()) return {};
        return inputs[next++];
      };
}

class PredictLines : public ::testing::Test {
 protected:
  PredictOptions options(std::size_t at_once) const {
    return {.inputs_at_once = at_once, .output = {.file = file_.string()}};
  }

  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "out.jsonl";
  Doubler doubler_;
};

TEST_F(PredictLines, AnswersInOrderAndCountsWhatCannotBeUsed) {
  std::string told;
  set_log_sink([&](LogLevel, std::string_view text) { told += text; });
  EXPECT_EQ(predict_lines(doubler_, inputs_of({{1}, {"x"}, {3}}), options(2)), 3);
  set_log_sink({});
  EXPECT_THAT(told, HasSubstr("1 of 3 inputs cannot be used"));
  EXPECT_THAT(told, HasSubstr("first: no number"));
  EXPECT_EQ(read_file(file_, 1000), "{\"twice\":2}\n{\"error\":\"no number\"}\n{\"twice\":6}\n");
  EXPECT_THAT(doubler_.batches, ElementsAre(2, 1));
}

TEST_F(PredictLines, AsksForNoEmptyBatch) {
  EXPECT_EQ(predict_lines(doubler_, inputs_of({{1}, {2}}), options(2)), 2);
  EXPECT_THAT(doubler_.batches, ElementsAre(2));
  EXPECT_EQ(predict_lines(doubler_, inputs_of({}), options(2)), 0);
  EXPECT_EQ(read_file(file_, 1000), "");
}

TEST_F(PredictLines, ColumnsGoThroughAndProblemsAreNotAsked) {
  const std::vector<PredictInput> inputs = {
      {.question = 1, .kept = {{"id", 7}, {"label", "x"}}},
      {.kept = {{"id", "a,b"}, {"label", nullptr}}, .problem = "x.csv:3: empty"}};
  predict_lines(doubler_, inputs_of(inputs), options(2));
  EXPECT_EQ(read_file(file_, 1000),
            "{\"id\":7,\"input_label\":\"x\",\"twice\":2}\n"
            "{\"id\":\"a,b\",\"input_label\":null,\"error\":\"x.csv:3: empty\"}\n");
  EXPECT_THAT(doubler_.batches, ElementsAre(1));
  PredictOptions table = options(2);
  table.output = {.file = (folder_.path() / "out.csv").string(),
                  .kept = {"id", "label"},
                  .columns = {key_column("twice"), key_column("error")}};
  predict_lines(doubler_, inputs_of(inputs), table);
  EXPECT_EQ(read_file(table.output.file, 1000),
            "id,input_label,twice,error\n7,x,2,\n\"a,b\",,,x.csv:3: empty\n");
  table.output.file += ".gz";
  error_of(ErrorKind::user, [&] { predict_lines(doubler_, inputs_of({}), table); });
}

TEST_F(PredictLines, LeavesNoHalfFile) {
  error_of(ErrorKind::user, [&] {
    predict_lines(doubler_, inputs_of({{1}, {Json(nullptr)}}), options(1));
  });
  EXPECT_FALSE(fs::exists(file_));
}

}  // namespace
}  // namespace attune
