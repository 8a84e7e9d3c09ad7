#include "attune/tasks/classification/results/prediction.h"

#include <cmath>

#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

TEST(DescribePrediction, NamesTheBestLabelAndAllScores) {
  const float scores[] = {0.25F, 0.75F};
  const Json one =
      describe_prediction(scores, ProblemType::single_label_classification, {"a", "b"});
  EXPECT_EQ(one, (Json{{"label", "b"}, {"score", 0.75}, {"scores", {{"a", 0.25}, {"b", 0.75}}}}));
  const float three[] = {0.25F, 0.5F, 0.75F};
  EXPECT_EQ(describe_prediction(three, ProblemType::single_label_classification, {"a", "b", "c"},
                                {.top_k = 2})
                .dump(),
            R"({"label":"c","score":0.75,"scores":{"c":0.75,"b":0.5}})");
  EXPECT_EQ(describe_prediction(scores, ProblemType::regression, {"a"}), (Json{{"score", 0.25}}));
}

TEST(DescribePrediction, SeveralLabelsDoNotContradictThemselves) {
  const float low[] = {0.25F, 0.375F};
  const auto multi = ProblemType::multi_label_classification;
  EXPECT_EQ(describe_prediction(low, multi, {"a", "b"}),
            (Json{{"labels", Json::array()}, {"scores", {{"a", 0.25}, {"b", 0.375}}}}));
  const PredictionOptions options{.threshold = {0.375}, .top_k = 1};
  EXPECT_EQ(describe_prediction(low, multi, {"a", "b"}, options),
            (Json{{"labels", {"b"}}, {"scores", {{"b", 0.375}}}}));
  check_prediction_options(options, multi);
  EXPECT_THROW(check_prediction_options(options, ProblemType::single_label_classification), Error);
}

TEST(PredictionColumns, AreThoseOfTheAnswer) {
  const float scores[] = {0.25F, 0.75F};
  const auto row = [&](ProblemType problem, const PredictionOptions& options) {
    std::string text;
    const Json answer = describe_prediction(scores, problem, {"a", "b"}, options);
    for (const AnswerColumn& column : prediction_columns(problem, {"a", "b"}, options)) {
      text += column.header + "=" + column.value(answer).dump() + " ";
    }
    return text;
  };
  EXPECT_EQ(row(ProblemType::single_label_classification, {}),
            "label=\"b\" score=0.75 score_a=0.25 score_b=0.75 ");
  EXPECT_EQ(row(ProblemType::multi_label_classification, {.top_k = 1}),
            "labels=[\"b\"] label_1=\"b\" score_1=0.75 ");
  EXPECT_EQ(row(ProblemType::regression, {}), "score=0.25 ");
}

TEST(OutputProblem, IsToldOfNanAndInfinity) {
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    const float scores[] = {0.5F, bad};
    EXPECT_EQ(output_problem(scores), "the model's output for it is not finite");
  }
  const float scores[] = {0.5F, 0.0F};
  EXPECT_EQ(output_problem(scores), "");
}

TEST(Prediction, LabelsInACellCanBePartedAgain) {
  using enum ProblemType;
  const auto of = [](const std::vector<std::string>& labels, const char* file = "x.csv",
                     ProblemType problem = multi_label_classification) {
    return separator_of_cells(problem, labels, ",", file);
  };
  EXPECT_EQ(of({"joy", "love"}), ",");
  EXPECT_EQ(of({"joy, mild", "love"}), ";");
  EXPECT_EQ(of({"joy, mild", "love; strong"}, "x.TSV"), "|");
  EXPECT_EQ(of({"a;|,\t/ b"}), "");
  EXPECT_EQ(of({"joy, mild", "love"}, "x.jsonl"), ",");
  EXPECT_EQ(of({"joy, mild", "love"}, "x.csv", single_label_classification), ",");
  EXPECT_EQ(separator_of_cells(multi_label_classification, {"a", "b"}, "tab", "x.csv"), "\t");
}

}  // namespace
}  // namespace attune
