#include "attune/train/update.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/train/testing/toy_step.h"

namespace attune {
namespace {

using testing::HasSubstr;

struct Updated {
  UpdateResult result;
  std::vector<at::Tensor> weights;
};

/// One update of three ragged batches.
Updated update(ToyStep& step, double max_grad_norm, double learning_rate = 0.1) {
  const EpochBatches batches{.examples = {0, 1, 2, 3, 4, 5, 6, 7, 8}, .offsets = {0, 4, 5, 9}};
  const AdaptPlan plan({}, step.toy().depth_groups(), step.model(), learning_rate, 0);
  plan.apply(step.model(), 0);
  const auto optimizer = make_optimizer({.optim = OptimizerName::sgd}, plan.parameter_groups());
  const std::vector<double> rates(optimizer->groups().size(), learning_rate);
  Updated updated;
  updated.result = run_update(step, *optimizer, batches, 0, 3, {.seed = 1}, rates,
                              {.seed = 1, .max_grad_norm = max_grad_norm});
  updated.weights = step.weights();
  return updated;
}

TEST(Update, AWeightKnownOnlyAfterTheForwardGivesTheSameUpdate) {
  for (const double max_norm : {0.0, 1e-3, 1e3}) {  // without clipping, clipped, not reached
    ToyStep known(9), unknown(9);
    unknown.knows_weight = false;
    known.tells_parts = unknown.tells_parts = true;
    const Updated a = update(known, max_norm), b = update(unknown, max_norm);
    EXPECT_NEAR(a.result.loss, b.result.loss, 1e-9);
    EXPECT_NEAR(a.result.grad_norm, b.result.grad_norm, 1e-6);
    ASSERT_EQ(a.result.parts.size(), 2u);
    EXPECT_NEAR(a.result.parts[0].second, b.result.parts[0].second, 1e-9);
    EXPECT_NEAR(b.result.parts[0].second + b.result.parts[1].second, b.result.loss, 1e-6);
    for (std::size_t i = 0; i < a.weights.size(); ++i) {
      EXPECT_LT((a.weights[i] - b.weights[i]).abs().max().item<double>(), 1e-7) << max_norm;
    }
  }
}

TEST(Update, RefusesAWeightOfNothing) {
  class Weightless : public ToyStep {
   public:
    using ToyStep::ToyStep;
    Loss loss(Examples examples, const StepContext& context) override {
      return {.sum = ToyStep::loss(examples, context).sum, .weight = 0};
    }
  } step(9);
  step.knows_weight = false;
  EXPECT_THAT(error_of([&] { update(step, 1); }), HasSubstr("sum up to 0"));
}

TEST(Update, RefusesAGradientThatIsNotFiniteWithoutClippingToo) {
  // A finite loss whose gradient is not: the square root of 0.
  class Steep : public ToyStep {
   public:
    using ToyStep::ToyStep;
    Loss loss(Examples examples, const StepContext& context) override {
      Loss loss = ToyStep::loss(examples, context);
      loss.sum = loss.sum + (loss.sum - loss.sum.detach()).abs().sqrt();
      return loss;
    }
  };
  for (const double max_norm : {0.0, 1.0}) {
    Steep step(9);
    const std::vector<at::Tensor> before = step.weights();
    EXPECT_THAT(error_of([&] { update(step, max_norm); }), HasSubstr("the gradient's norm is"));
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_TRUE(at::equal(before[i], step.weights()[i]));
    }
  }
}

TEST(Update, RefusesWeightsThatAreKnownOfSomeBatchesOnly) {
  class Partly : public ToyStep {
   public:
    using ToyStep::ToyStep;
    std::optional<double> known_weight(Examples examples) const override {
      return examples.size() == 1 ? std::nullopt : ToyStep::known_weight(examples);
    }
  } step(9);
  EXPECT_THAT(error_of([&] { update(step, 1); }), HasSubstr("of some batches"));
}

}  // namespace
}  // namespace attune
