#include "attune/train/optim/optimizer.h"

#include <limits>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "attune/adapt/plan.h"
#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune {
namespace {

at::Tensor random_tensor(std::vector<std::int64_t> shape, std::uint64_t seed) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  const Rng rng(seed, "test");
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    tensor.data_ptr<float>()[i] =
        static_cast<float>(rng.uniform(static_cast<std::uint64_t>(i)) - 0.5);
  }
  return tensor;
}

std::vector<ParameterGroup> make_groups(double weight_decay) {
  ParameterGroup table{"table", {}, 1e-3, weight_decay}, rest{"rest", {}, 1e-2, 0};
  table.parameters.push_back({"table", random_tensor({900, 32}, 1).requires_grad_()});
  rest.parameters.push_back({"weight", random_tensor({40, 333}, 2).requires_grad_()});
  rest.parameters.push_back({"bias", random_tensor({333}, 3).requires_grad_()});
  return {table, rest};
}

/// Rows 100.. of the table have a gradient from update 3 on only, rows 600.. never.
void set_gradients(const Optimizer& optimizer, std::uint64_t step) {
  for (const ParameterGroup& group : optimizer.groups()) {
    for (const NamedParameter& parameter : group.parameters) {
      at::Tensor tensor = parameter.tensor;
      tensor.mutable_grad() = random_tensor(tensor.sizes().vec(), 100 + step);
      if (parameter.name == "table") {
        tensor.mutable_grad().slice(0, step < 3 ? 100 : 600).zero_();
      }
    }
  }
}

std::vector<at::Tensor> train(OptimizerName name, double decay, int threads, int reload_at = -1,
                              bool tensor_maths = false) {
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  TrainingArguments args{.optim = name};
  auto optimizer = make_optimizer(args, make_groups(decay));
  if (tensor_maths) optimizer->use_tensor_maths();
  for (int step = 0; step < 6; ++step) {
    if (step == reload_at) {
      auto next = make_optimizer(args, optimizer->groups());
      std::map<std::string, at::Tensor> state;
      for (const auto& [key, tensor] : optimizer->state()) state[key] = tensor.clone();
      next->load_state(state);
      optimizer = std::move(next);
    }
    set_gradients(*optimizer, static_cast<std::uint64_t>(step));
    optimizer->step(std::vector<double>{1e-3, 1e-2}, 0.7);
    optimizer->zero_grad();
  }
  std::vector<at::Tensor> result;
  for (const auto& group : optimizer->groups()) {
    for (const auto& parameter : group.parameters) result.push_back(parameter.tensor.detach());
  }
  at::set_num_threads(before);
  return result;
}

void expect_same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i])) << i;
}

class EveryOptimizer : public testing::TestWithParam<OptimizerName> {};

TEST_P(EveryOptimizer, SameBitsForAnyNumberOfThreads) {
  expect_same_bits(train(GetParam(), 0.1, 1), train(GetParam(), 0.1, 2));
}

// What runs on a GPU, against the loops, after six updates of up to 1e-2 an element.
TEST_P(EveryOptimizer, TensorMathsAreThoseOfTheLoops) {
  for (const double decay : {0.0, 0.1}) {
    const auto loops = train(GetParam(), decay, 2), tensors = train(GetParam(), decay, 2, -1, true);
    for (std::size_t i = 0; i < loops.size(); ++i) {
      EXPECT_FALSE(
          at::equal(tensors[i],
                    make_groups(decay)[i == 0 ? 0 : 1].parameters[i == 2 ? 1 : 0].tensor.detach()));
      EXPECT_LT((loops[i] - tensors[i]).abs().max().item<double>(), 1e-6) << i;
    }
  }
}

TEST_P(EveryOptimizer, StateCarriesOverAtAnyUpdate) {
  for (const double decay : {0.0, 0.1}) {
    const auto whole = train(GetParam(), decay, 2);
    for (int step = 0; step < 6; ++step) {
      expect_same_bits(whole, train(GetParam(), decay, 2, step));
    }
  }
}

TEST_P(EveryOptimizer, LeavesParametersWithoutGradientAlone) {
  auto optimizer = make_optimizer({.optim = GetParam()}, make_groups(0.1));
  const at::Tensor before = optimizer->groups()[0].parameters[0].tensor.detach().clone();
  at::Tensor bias = optimizer->groups()[1].parameters[1].tensor;
  bias.mutable_grad() = at::ones_like(bias);
  optimizer->step(std::vector<double>{1, 1});
  EXPECT_TRUE(at::equal(before, optimizer->groups()[0].parameters[0].tensor));
  for (const auto& [name, tensor] : optimizer->state())
    EXPECT_TRUE(name.starts_with("bias")) << name;
}

INSTANTIATE_TEST_SUITE_P(All, EveryOptimizer,
                         testing::Values(OptimizerName::adamw, OptimizerName::adam,
                                         OptimizerName::sgd, OptimizerName::adafactor));

TEST(Optimizer, AdamwMovesNoRowThatNeverHadAGradient) {
  const auto parameters = train(OptimizerName::adamw, 0, 2);
  const at::Tensor start = random_tensor({900, 32}, 1);
  EXPECT_TRUE(at::equal(parameters[0].slice(0, 608), start.slice(0, 608)));
  EXPECT_FALSE(at::equal(parameters[0].slice(0, 100, 600), start.slice(0, 100, 600)));
}

TEST(Optimizer, NotANumberInAnUntouchedRowIsNotSwallowed) {
  auto optimizer = make_optimizer({}, make_groups(0));
  set_gradients(*optimizer, 0);
  at::Tensor table = optimizer->groups()[0].parameters[0].tensor;
  table.mutable_grad()[899][31] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(global_grad_norm(optimizer->groups())));
  optimizer->step(std::vector<double>{1e-3, 1e-2});
  EXPECT_TRUE(table.detach()[899][31].isnan().item<bool>());
}

TEST(Optimizer, TiedWeightIsClippedAndSteppedOnce) {
  nn::Module model;
  const at::Tensor weight = model.register_module("embeddings", std::make_shared<nn::Module>())
                                ->register_parameter("weight", at::ones({4}));
  model.register_module("head", std::make_shared<nn::Module>())
      ->register_parameter("weight", weight);
  const AdaptPlan plan({}, {{"all", {"embeddings.", "head."}}}, model, 0.5, 0);
  const auto optimizer = make_optimizer({.optim = OptimizerName::sgd}, plan.parameter_groups());
  weight.mutable_grad() = at::full({4}, 3.0);
  EXPECT_DOUBLE_EQ(global_grad_norm(plan.parameter_groups()), 6);
  optimizer->step(std::vector<double>{0.5});
  EXPECT_TRUE(at::equal(weight.detach(), at::full({4}, 1 - 0.5 * 3)));
}

TEST(Optimizer, RefusesStateThatDoesNotFit) {
  auto optimizer = make_optimizer({}, make_groups(0));
  set_gradients(*optimizer, 0);
  optimizer->step(std::vector<double>{1, 1});
  auto state = optimizer->state();
  state.erase("weight.exp_avg");
  EXPECT_THROW(optimizer->load_state(state), Error);
  state = optimizer->state();
  state["weight.exp_avg"] = at::zeros({3});
  EXPECT_THROW(optimizer->load_state(state), Error);
  state = optimizer->state();
  state["other.exp_avg"] = at::zeros({3});
  EXPECT_THROW(optimizer->load_state(state), Error);
}

}  // namespace
}  // namespace attune
