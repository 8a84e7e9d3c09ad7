#include "attune/kernels/batch_norm.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/equal.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/base/system.h"

namespace attune {
namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

at::Tensor values(at::IntArrayRef sizes, std::uint64_t seed, double mean = 0.0,
                  double deviation = 1.0) {
  at::Tensor out = at::empty(sizes);
  const Rng rng(seed, "test");
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    out.mutable_data_ptr<float>()[i] =
        static_cast<float>(mean + deviation * rng.normal(static_cast<std::uint64_t>(i)));
  }
  return out;
}

struct Input {
  at::Tensor x, weight, bias, mean, var, residual;
};

Input input(at::IntArrayRef sizes, bool residual) {
  const std::int64_t channels = sizes[1];
  return {.x = values(sizes, 1, 3.0, 2.0).contiguous(kChannelsLast),
          .weight = values(channels, 2, 1.0, 0.3),
          .bias = values(channels, 3),
          .mean = values(channels, 4, 3.0),
          .var = values(channels, 5).square() + 0.5,
          .residual = residual ? values(sizes, 6).contiguous(kChannelsLast) : at::Tensor()};
}

using Operation = decltype(&batch_norm);

// Result, gradients of x, weight, bias and residual, and both running statistics.
std::vector<at::Tensor> run(Operation operation, const Input& in, const BatchNormSpec& spec,
                            at::ScalarType type, at::ScalarType parameters = at::kFloat) {
  const auto leaf = [](const at::Tensor& t, at::ScalarType as) {
    return t.defined() ? t.to(as).detach().clone().requires_grad_() : t;
  };
  const at::Tensor x = leaf(in.x, type), residual = leaf(in.residual, type);
  const at::Tensor weight = leaf(in.weight, parameters), bias = leaf(in.bias, parameters);
  const at::Tensor mean = in.mean.to(parameters).clone(), var = in.var.to(parameters).clone();
  const at::Tensor y = operation(x, weight, bias, mean, var, spec, residual);
  y.backward(values(y.sizes(), 9).to(type).contiguous(kChannelsLast));
  std::vector<at::Tensor> results = {y.detach(), x.grad(), weight.grad(), bias.grad(), mean, var};
  if (residual.defined()) results.push_back(residual.grad());
  return results;
}

void expect_close(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& want,
                  double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double scale = std::max(1.0, want[i].abs().max().item<double>());
    EXPECT_LT((got[i] - want[i]).abs().max().item<double>(), tolerance * scale) << "result " << i;
  }
}

void for_each_spec(const std::function<void(const BatchNormSpec&, bool residual)>& body) {
  for (const bool training : {true, false}) {
    for (const Rectifier rectifier : {Rectifier::none, Rectifier::relu, Rectifier::relu6}) {
      for (const bool residual : {false, true}) {
        SCOPED_TRACE(fmt::format("training {} rectifier {} residual {}", training,
                                 static_cast<int>(rectifier), residual));
        body({.training = training, .momentum = 0.2, .eps = 1e-3, .rectifier = rectifier},
             residual);
      }
    }
  }
}

TEST(BatchNormKernel, EqualsTheReferenceInDouble) {
  for_each_spec([](const BatchNormSpec& spec, bool residual) {
    for (const auto& sizes : std::vector<std::vector<std::int64_t>>{
             {2, 1, 3, 3}, {3, 16, 5, 4}, {2, 37, 7, 7}, {5, 64, 1, 1}, {4, 130, 12, 11}}) {
      const Input in = input(sizes, residual);
      expect_close(run(batch_norm, in, spec, at::kFloat),
                   run(batch_norm_reference, in, spec, at::kDouble, at::kDouble), 5e-6);
    }
  });
}

TEST(BatchNormKernel, TheSameBitsForAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  for_each_spec([](const BatchNormSpec& spec, bool residual) {
    const Input in = input({4, 24, 20, 20}, residual);
    at::set_num_threads(1);
    const auto want = run(batch_norm, in, spec, at::kFloat);
    for (const int n : {2, 3}) {
      at::set_num_threads(n);
      const auto got = run(batch_norm, in, spec, at::kFloat);
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(at::equal(got[i], want[i])) << i;
    }
  });
  at::set_num_threads(threads);
}

// What is read is rounded in both; the results differ by their own rounding, 2^-9 of each value.
TEST(BatchNormKernel, BfloatSamplesKeepFp32Statistics) {
  for_each_spec([](const BatchNormSpec& spec, bool residual) {
    Input in = input({4, 37, 9, 9}, residual);
    in.x = in.x.to(at::kBFloat16).to(at::kFloat);
    if (residual) in.residual = in.residual.to(at::kBFloat16).to(at::kFloat);
    const auto got = run(batch_norm, in, spec, at::kBFloat16);
    const auto want = run(batch_norm, in, spec, at::kFloat);
    EXPECT_EQ(got[0].scalar_type(), at::kBFloat16);
    EXPECT_EQ(got[2].scalar_type(), at::kFloat);
    EXPECT_TRUE(at::equal(got[0], want[0].to(at::kBFloat16)));
    EXPECT_TRUE(at::equal(got[4], want[4]));
    EXPECT_TRUE(at::equal(got[5], want[5]));
    // A result just under 6 is 6 once rounded: there no gradient passes.
    if (!residual || spec.rectifier != Rectifier::relu6) expect_close(got, want, 0.02);
  });
}

// A mean of 1000 deviations: sums of squares about zero would have no digits left.
TEST(BatchNormKernel, KeepsTheVarianceOfFarValues) {
  Input in = input({8, 16, 16, 16}, false);
  in.x = (in.x + 2000).contiguous(kChannelsLast);
  const BatchNormSpec spec = {.training = true};
  const auto got = run(batch_norm, in, spec, at::kFloat);
  const auto want = run(batch_norm_reference, in, spec, at::kDouble, at::kDouble);
  EXPECT_LT((got[5] - want[5]).abs().max().item<double>(), 1e-4);
  EXPECT_LT((got[0] - want[0]).abs().max().item<double>(), 1e-3);
}

TEST(BatchNormKernel, NotANumberStaysOne) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Input in = input({2, 20, 3, 3}, false);
    in.x.mutable_data_ptr<float>()[5] = std::numeric_limits<float>::quiet_NaN();
    const at::Tensor y = batch_norm(in.x.to(type), in.weight, in.bias, in.mean, in.var,
                                    {.rectifier = Rectifier::relu});
    EXPECT_EQ(y.isnan().sum().item<std::int64_t>(), 1);
  }
}

TEST(BatchNormKernel, TheSameForEveryInstructionSet) {
  std::vector<BatchNormLoops> sets;
  if (cpu_features().avx2) sets.push_back(avx2::batch_norm_loops());
  if (cpu_features().avx512) sets.push_back(avx512::batch_norm_loops());
  if (sets.empty()) GTEST_SKIP() << "this processor has no other instruction set";
  const Input in = input({2, 37, 5, 5}, true);
  const at::Tensor x = in.x.to(at::kBFloat16), residual = in.residual.to(at::kBFloat16);
  const auto normalised = [&](const BatchNormLoops& loops) {
    at::Tensor y = at::empty_like(x);
    loops.bf16.normalise[1]({.x = x.const_data_ptr(),
                             .residual = residual.const_data_ptr(),
                             .scale = in.weight.const_data_ptr<float>(),
                             .shift = in.bias.const_data_ptr<float>(),
                             .y = y.mutable_data_ptr(),
                             .channels = 37},
                            0, 50);
    return y.to(at::kFloat);
  };
  const at::Tensor want = normalised(baseline::batch_norm_loops());
  for (const BatchNormLoops& loops : sets) {
    // A product and a sum that are rounded once in place of twice.
    EXPECT_LT((normalised(loops) - want).abs().max().item<float>(), 0.07F);
    EXPECT_LT((normalised(loops) != want).sum().item<std::int64_t>(), want.numel() / 50);
  }
}

}  // namespace
}  // namespace attune
