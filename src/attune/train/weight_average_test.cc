#include "attune/train/weight_average.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/nn/layers/batch_norm.h"

namespace attune {
namespace {

void set_weights(nn::Module& model, double value) {
  const at::NoGradGuard no_grad;
  for (at::Tensor& weight : model.parameters()) weight.fill_(value);
}

TEST(WeightAverage, FollowsTheFormula) {
  nn::BatchNorm2d model(2);
  set_weights(model, 0);
  WeightAverage average(model, 0.5);
  double expected = 0;
  for (int n = 1; n <= 9; ++n) {
    set_weights(model, n);
    average.update();
    const double decay = std::min(0.5, (1.0 + n) / (10.0 + n));
    expected = decay * expected + (1 - decay) * n;
  }
  average.swap();
  EXPECT_NEAR(model.weight[0].item<double>(), expected, 1e-5);
  average.swap();
  EXPECT_EQ(model.weight[0].item<double>(), 9);
}

TEST(WeightAverage, HoldsBuffersToo) {
  nn::BatchNorm2d model(2);
  WeightAverage average(model, 0.9);
  model.running_mean.fill_(4);
  model.num_batches_tracked.fill_(7);
  average.update();  // decay 2 / 11
  average.swap();
  EXPECT_NEAR(model.running_mean[0].item<double>(), 4 * 9.0 / 11, 1e-5);
  EXPECT_EQ(model.num_batches_tracked.item<std::int64_t>(), 7);
}

TEST(WeightAverage, AveragesATiedWeightOnce) {
  nn::BatchNorm2d model(2);
  model.register_parameter("again", model.weight);
  set_weights(model, 0);
  WeightAverage average(model, 0.9);
  set_weights(model, 1);
  average.update();  // decay 2 / 11
  EXPECT_FALSE(average.state().contains("again"));
  average.swap();  // an entry for each name would exchange it twice
  EXPECT_NEAR(model.weight[0].item<double>(), 9.0 / 11, 1e-6);
  average.swap();
  EXPECT_EQ(model.weight[0].item<double>(), 1);
}

TEST(WeightAverage, ContinuesFromItsState) {
  nn::BatchNorm2d model(2);
  WeightAverage first(model, 0.9);
  set_weights(model, 3);
  first.update();
  WeightAverage second(model, 0.9);
  second.load_state(first.state());
  set_weights(model, 5);
  first.update();
  second.update();
  for (const auto& [name, value] : first.state()) {
    EXPECT_TRUE(at::equal(value, second.state().at(name))) << name;
  }
  EXPECT_THROW(second.load_state({}), Error);
}

TEST(WeightAverage, TakesNothingOfAStateThatLacksTheNumberOfUpdates) {
  nn::BatchNorm2d model(2);
  set_weights(model, 3);
  WeightAverage average(model, 0.9);
  set_weights(model, 5);
  auto state = WeightAverage(model, 0.9).state();
  state.erase("updates");
  EXPECT_THROW(average.load_state(state), Error);
  average.swap();
  EXPECT_EQ(model.weight[0].item<double>(), 3);
}

}  // namespace
}  // namespace attune
