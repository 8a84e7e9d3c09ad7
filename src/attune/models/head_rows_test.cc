#include "attune/models/head_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/models/config_fields.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Names = std::vector<std::string>;

HeadRows rows_of(const Names& known, const Names& asked, bool in_order = false) {
  return head_rows(known, {}, asked, {.labels = asked, .labels_in_order = in_order});
}

TEST(HeadRows, FollowTheNamesOfTheirLabels) {
  const HeadRows moved = rows_of({"pos", "neg", "neu"}, {"neg", "neu", "pos"});
  EXPECT_FALSE(moved.fresh);
  EXPECT_THAT(moved.rows, ElementsAre(1, 2, 0));
  EXPECT_THAT(moved.told, HasSubstr("pos, neg, neu; here they are neg, neu, pos"));
  // Data that lack a class keep the rows of the others.
  EXPECT_THAT(rows_of({"pos", "neg", "neu"}, {"neg", "pos"}).rows, ElementsAre(1, 0));
  const HeadRows same = rows_of({"a", "b"}, {"a", "b"});
  EXPECT_FALSE(same.fresh);
  EXPECT_THAT(same.rows, IsEmpty());
  EXPECT_EQ(same.told, "");
}

TEST(HeadRows, OfOtherLabelsNothingIsKept) {
  for (const bool in_order : {false, true}) {
    const HeadRows other = rows_of({"neg", "pos"}, {"ham", "spam"}, in_order);
    EXPECT_TRUE(other.fresh);
    EXPECT_THAT(other.told, HasSubstr("(neg, pos) do not cover ham, spam"));
  }
  EXPECT_TRUE(rows_of({"neg", "pos"}, {"neg", "neu", "pos"}).fresh);
  EXPECT_TRUE(rows_of({"LABEL_0", "LABEL_1"}, {"a", "b", "c"}).fresh);
  // Which of two rows of one name is meant nobody knows.
  EXPECT_TRUE(rows_of({"a", "a"}, {"a", "b"}).fresh);
}

TEST(HeadRows, NamelessOnesAreTakenInTheGivenOrder) {
  const HeadRows named = rows_of({"LABEL_0", "LABEL_1"}, {"neg", "pos"});
  EXPECT_FALSE(named.fresh);
  EXPECT_THAT(named.rows, IsEmpty());
  EXPECT_THAT(named.told, HasSubstr("does not name its 2 labels"));
  EXPECT_EQ(rows_of({"LABEL_0", "LABEL_1"}, {"0", "1"}).told, "");
  // Numbers are names of their own unless the user says what they are called.
  EXPECT_TRUE(rows_of({"0", "1"}, {"neg", "pos"}).fresh);
  EXPECT_FALSE(rows_of({"0", "1"}, {"neg", "pos"}, true).fresh);
  // Names that sort otherwise than their numbers still say which is which.
  Names sorted = default_labels(11);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_THAT(rows_of(default_labels(11), sorted).rows,
              ElementsAre(0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(HeadRows, ARegressionKeepsItsOneOutput) {
  const HeadOptions regression{.problem_type = ProblemType::regression};
  EXPECT_FALSE(head_rows({"LABEL_0"}, {}, {"score"}, regression).fresh);
  EXPECT_FALSE(head_rows({"age"}, ProblemType::regression, {"score"}, regression).fresh);
  EXPECT_TRUE(
      head_rows({"age"}, ProblemType::multi_label_classification, {"score"}, regression).fresh);
}

TEST(HeadRows, AreChosenFromTensorsOfAnyType) {
  const std::vector<std::uint16_t> weight = {1, 2, 3, 4, 5, 6};
  const std::vector<float> bias = {10, 20, 30};
  const CheckpointFile file("x",
                            {{.name = "head.weight",
                              .dtype = DType::bf16,
                              .shape = {3, 2},
                              .bytes = std::as_bytes(std::span(weight))},
                             {.name = "head.bias",
                              .dtype = DType::f32,
                              .shape = {3},
                              .bytes = std::as_bytes(std::span(bias))},
                             {.name = "body.bias",
                              .dtype = DType::f32,
                              .shape = {3},
                              .bytes = std::as_bytes(std::span(bias))}},
                            {}, nullptr);
  const CheckpointFile chosen =
      with_head_rows(file, {.rows = {2, 0}, .known = 3},
                     [](std::string_view name) { return name.starts_with("head."); });
  const auto values = [&]<typename T>(const char* name, T) {
    const TensorView& view = *chosen.find(name);
    const auto* const begin = reinterpret_cast<const T*>(view.bytes.data());
    return std::vector<T>(begin, begin + view.bytes.size() / sizeof(T));
  };
  EXPECT_THAT(chosen.find("head.weight")->shape, ElementsAre(2, 2));
  EXPECT_THAT(values("head.weight", std::uint16_t{}), ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(values("head.bias", float{}), ElementsAre(30, 10));
  EXPECT_THAT(values("body.bias", float{}), ElementsAre(10, 20, 30));
}

TEST(ProblemTypes, OneOutputIsARegressionAsForTransformers) {
  EXPECT_EQ(settled_problem_type({}, 1, "m"), ProblemType::regression);
  EXPECT_EQ(settled_problem_type({}, 2, "m"), ProblemType::single_label_classification);
  EXPECT_EQ(settled_problem_type(ProblemType::multi_label_classification, 1, "m"),
            ProblemType::multi_label_classification);
  EXPECT_THAT(
      error_of(ErrorKind::user,
               [] { settled_problem_type(ProblemType::single_label_classification, 1, "m"); }),
      HasSubstr("m: the problem type is single_label_classification, but the head has 1"));
  EXPECT_THAT(
      error_of(ErrorKind::user, [] { settled_problem_type(ProblemType::regression, 3, "m"); }),
      HasSubstr("the head has 3 outputs, expected 1"));
}

}  // namespace
}  // namespace attune
