#include "attune/tasks/classification/loss.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

constexpr auto kSingle = ProblemType::single_label_classification;
constexpr auto kMulti = ProblemType::multi_label_classification;

at::Tensor class_ids(const std::vector<std::int64_t>& labels) {
  return at::tensor(labels, at::TensorOptions(at::kLong));
}

/// The mean that sum and weight give is what LibTorch calls the mean of the whole batch.
TEST(ClassificationLoss, SumOverWeightIsTheWeightedMean) {
  const at::Tensor logits = at::randn({4, 3}), targets = class_ids({0, 2, 1, 1});
  for (const std::vector<double>& weights : {std::vector<double>{}, {0.5, 2.0, 1.0}}) {
    const ClassificationLoss loss(kSingle, {.class_weights = weights, .label_smoothing = 0.1});
    const at::Tensor class_weights =
        weights.empty() ? at::Tensor() : at::tensor(weights, at::TensorOptions(at::kFloat));
    const auto expected =
        at::cross_entropy_loss(logits, targets, class_weights, at::Reduction::Mean, -100, 0.1);
    EXPECT_NEAR(loss.sum(logits, targets).item<double>() / loss.weight(targets),
                expected.item<double>(), 1e-6);
  }
}

TEST(ClassificationLoss, PartsOfABatchAddUp) {
  const at::Tensor logits = at::randn({5, 3}), targets = class_ids({0, 2, 1, 1, 0});
  const ClassificationLoss loss(kSingle, {.class_weights = {1.0, 3.0, 0.5}});
  const auto part = [&](std::int64_t begin, std::int64_t count) {
    return loss.sum(logits.narrow(0, begin, count), targets.narrow(0, begin, count)).item<double>();
  };
  EXPECT_NEAR(part(0, 2) + part(2, 3), loss.sum(logits, targets).item<double>(), 1e-5);
  EXPECT_DOUBLE_EQ(loss.weight(targets.narrow(0, 0, 2)) + loss.weight(targets.narrow(0, 2, 3)),
                   loss.weight(targets));
}

TEST(ClassificationLoss, UnknownLabelsHaveNoPart) {
  const at::Tensor logits = at::randn({2, 3});
  const float unknown = std::nanf("");
  const at::Tensor targets = at::tensor({1.F, 0.F, unknown, 0.F, unknown, unknown}).view({2, 3});
  const ClassificationLoss loss(kMulti, {});
  const at::Tensor known = logits.flatten().index_select(0, class_ids({0, 1, 3}));
  const at::Tensor expected = at::binary_cross_entropy_with_logits(
      known, at::tensor({1.F, 0.F, 0.F}), {}, {}, at::Reduction::Sum);
  EXPECT_NEAR(loss.sum(logits, targets).item<double>(), expected.item<double>(), 1e-6);
  EXPECT_DOUBLE_EQ(loss.weight(targets), 3);
}

/// Gamma 0 is cross-entropy; above, a term shrinks by (1 - p)^gamma.
TEST(ClassificationLoss, FocalLossWeighsTheHardOnes) {
  const at::Tensor logits = at::tensor({2.F, 0.F, 0.F, 1.F}).view({2, 2});
  const at::Tensor targets = class_ids({0, 0});
  const double easy = 1 / (1 + std::exp(-2.0)), hard = 1 / (1 + std::exp(1.0));
  const auto term = [](double p) { return -std::log(p) * (1 - p) * (1 - p); };
  const ClassificationLoss loss(kSingle, {.focal_gamma = 2});
  EXPECT_NEAR(loss.sum(logits, targets).item<double>(), term(easy) + term(hard), 1e-6);
  const at::Tensor one_logit = at::tensor({2.F}).view({1, 1}), one = at::ones({1, 1});
  EXPECT_NEAR(ClassificationLoss(kMulti, {.focal_gamma = 2}).sum(one_logit, one).item<double>(),
              term(easy), 1e-6);
}

/// The slope of (1 - p)^0.5 has no end where p rounds to 1.
TEST(ClassificationLoss, FocalLossOfACertainAnswerHasAGradient) {
  const ClassificationLoss single(kSingle, {.focal_gamma = 0.5}),
      multi(kMulti, {.focal_gamma = 0.5});
  const at::Tensor logits = at::tensor({90.F, -90.F}).view({1, 2}).requires_grad_();
  for (const double at_target : {1.0, std::nan("")}) {
    const at::Tensor targets = at::tensor({at_target, 0.0}, at::kFloat).view({1, 2});
    (single.sum(logits, class_ids({0})) + multi.sum(logits, targets)).backward();
    EXPECT_TRUE(at::isfinite(logits.grad()).all().item<bool>()) << logits.grad();
  }
}

TEST(ClassificationLoss, ClassWeightsAndUnknownLabelsGoWithFocalLoss) {
  const at::Tensor logits = at::randn({2, 3}), ids = class_ids({2, 0});
  const std::vector<double> weights = {1.0, 2.0, 3.0};
  const auto sum = [&](const std::vector<double>& of, std::int64_t n) {
    return ClassificationLoss(kSingle, {.class_weights = of, .focal_gamma = 2})
        .sum(logits.narrow(0, n, 1), ids.narrow(0, n, 1))
        .item<double>();
  };
  EXPECT_NEAR(sum(weights, 0), 3 * sum({}, 0), 1e-6);
  EXPECT_NEAR(sum(weights, 1), sum({}, 1), 1e-6);
  const at::Tensor targets = at::tensor({1.F, std::nanf(""), 0.F}).view({1, 3});
  const at::Tensor known = logits.narrow(0, 0, 1).index_select(1, class_ids({0, 2}));
  const ClassificationLoss focal(kMulti, {.focal_gamma = 2});
  EXPECT_NEAR(focal.sum(logits.narrow(0, 0, 1), targets).item<double>(),
              focal.sum(known, at::tensor({1.F, 0.F}).view({1, 2})).item<double>(), 1e-6);
}

TEST(ClassificationLoss, OptionsThatDoNotFitAreRefused) {
  EXPECT_THROW(ClassificationLoss(kMulti, {.label_smoothing = 0.1}), Error);
  EXPECT_THROW(ClassificationLoss(ProblemType::regression, {.class_weights = {1.0}}), Error);
  EXPECT_THROW(ClassificationLoss(ProblemType::regression, {.focal_gamma = 2}), Error);
}

TEST(Targets, AreSelectedInTheOrderAskedFor) {
  const std::vector<std::int64_t> examples = {3, 0, 0};
  EXPECT_TRUE(at::equal(select_targets(class_ids({5, 6, 7, 8}), examples), class_ids({8, 5, 5})));
}

TEST(ClassWeights, AreReadOrBalanced) {
  const ClassCounts train{LabelKind::single_label, {"no", "yes", "maybe"}, {3, 2, 1}};
  EXPECT_TRUE(parse_class_weights("", train).empty());
  const auto balanced = parse_class_weights("balanced", train);  // 6 / (3 * count)
  EXPECT_NEAR(balanced[0], 2.0 / 3, 1e-12);
  EXPECT_NEAR(balanced[1], 1.0, 1e-12);
  EXPECT_NEAR(balanced[2], 2.0, 1e-12);
  EXPECT_EQ(parse_class_weights("yes=2.5, no=0.5", train), (std::vector<double>{0.5, 2.5, 1.0}));
  EXPECT_THROW(parse_class_weights("yess=2", train), Error);
  EXPECT_THROW(parse_class_weights("yes=-1", train), Error);
  EXPECT_THROW(parse_class_weights("balance", train), Error);
}

TEST(ClassWeights, AreCheckedBeforeThereAreData) {
  EXPECT_NO_THROW(check_class_weights("a=1,b=0.5"));
  EXPECT_NO_THROW(check_class_weights("balanced"));
  EXPECT_NO_THROW(check_class_weights("a=1", {"a", "b"}));
  EXPECT_THAT(error_of(ErrorKind::user, [] { check_class_weights("1,2"); }),
              ::testing::HasSubstr("got \"1\", expected balanced or LABEL=WEIGHT"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { check_class_weights("a=-1"); }),
              ::testing::HasSubstr("expected a number above 0"));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         check_class_weights("c=1", {"a", "b"});
                       }),
              ::testing::HasSubstr("no label \"c\""));
}

}  // namespace
}  // namespace attune
