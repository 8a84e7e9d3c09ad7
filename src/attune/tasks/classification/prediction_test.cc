#include "attune/tasks/classification/prediction.h"

#include <cmath>

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(DescribePrediction, NamesTheBestLabelAndAllScores) {
  const float scores[] = {0.25F, 0.75F};
  const Json one =
      describe_prediction(scores, ProblemType::single_label_classification, {"a", "b"});
  EXPECT_EQ(one, (Json{{"label", "b"}, {"score", 0.75}, {"scores", {{"a", 0.25}, {"b", 0.75}}}}));
  const Json many =
      describe_prediction(scores, ProblemType::multi_label_classification, {"a", "b"});
  EXPECT_EQ(many.at("labels"), Json::array({"b"}));
  EXPECT_EQ(describe_prediction(scores, ProblemType::regression, {"a"}), (Json{{"score", 0.25}}));
}

TEST(OutputProblem, IsToldOfNanAndInfinity) {
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    const float scores[] = {0.5F, bad};
    EXPECT_EQ(output_problem(scores), "the model's output for it is not finite");
  }
  const float scores[] = {0.5F, 0.0F};
  EXPECT_EQ(output_problem(scores), "");
}

}  // namespace
}  // namespace attune
