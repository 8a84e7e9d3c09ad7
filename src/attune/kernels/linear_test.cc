#include "attune/kernels/linear.h"

#include <array>
#include <optional>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/base/system.h"
#include "attune/kernels/bf16_product.h"
#include "attune/kernels/fused.h"

namespace attune {
namespace {

at::Tensor values(at::IntArrayRef sizes, std::uint64_t seed) {
  at::Tensor out = at::empty(sizes);
  const Rng rng(seed, "test");
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    out.mutable_data_ptr<float>()[i] =
        static_cast<float>(rng.normal(static_cast<std::uint64_t>(i)));
  }
  return out;
}

struct Case {
  at::Tensor x, weight, bias, dy;
};

Case make_case(std::vector<std::int64_t> rows, std::int64_t in, std::int64_t out, bool bias) {
  std::vector<std::int64_t> x = rows, y = rows;
  x.push_back(in), y.push_back(out);
  return {values(x, 1), values({out, in}, 2), bias ? values({out}, 3) : at::Tensor(), values(y, 4)};
}

// The result and the gradients of x, weight and, if there is one, bias.
std::vector<at::Tensor> run(const Case& c) {
  const auto leaf = [](const at::Tensor& t) {
    return t.defined() ? t.detach().clone().requires_grad_() : t;
  };
  const at::Tensor x = leaf(c.x), weight = leaf(c.weight), bias = leaf(c.bias);
  at::Tensor y;
  {
    const Bf16Scope bf16;
    y = linear_map(x, weight, bias);
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(at::equal(y, linear_map(c.x, c.weight, c.bias)));
  }
  y.backward(c.dy);
  std::vector<at::Tensor> results = {y.detach(), x.grad(), weight.grad()};
  if (bias.defined()) results.push_back(bias.grad());
  return results;
}

// The definition, in double.
std::vector<at::Tensor> expected(const Case& c) {
  const auto rounded = [](const at::Tensor& t) {
    return t.to(at::kBFloat16).to(at::kDouble).reshape({-1, t.size(-1)});
  };
  const at::Tensor x = rounded(c.x), weight = rounded(c.weight), dy = rounded(c.dy);
  at::Tensor y = at::mm(x, weight.t());
  if (c.bias.defined()) y = y + c.bias.to(at::kDouble);
  std::vector<at::Tensor> results = {y.view(c.dy.sizes()), at::mm(dy, weight).view(c.x.sizes()),
                                     at::mm(dy.t(), x)};
  if (c.bias.defined()) {
    results.push_back(c.dy.to(at::kDouble).reshape({-1, c.dy.size(-1)}).sum(0));
  }
  return results;
}

void expect_close(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].scalar_type(), at::kFloat);
    ASSERT_EQ(got[i].sizes(), want[i].sizes());
    // The sum of n products of variance 1 in fp32; one factor not rounded would be off by 1e-3.
    EXPECT_LT((got[i] - want[i]).abs().max().item<double>(), 1e-4) << "result " << i;
  }
}

std::vector<Case> cases() {
  return {make_case({32}, 32, 32, true), make_case({33}, 37, 41, false),
          make_case({33}, 37, 41, true), make_case({200}, 129, 65, true),
          make_case({5, 13}, 96, 33, true)};
}

TEST(LinearMap, RoundsFactorsAndAddsInFloat) {
  const int threads = at::get_num_threads();
  for (const Case& c : cases()) {
    for (const int n : {1, 2, 3}) {
      at::set_num_threads(n);
      const auto got = run(c);
      expect_close(got, expected(c));
      const auto again = run(c);
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(at::equal(got[i], again[i])) << i;
    }
  }
  at::set_num_threads(threads);
}

// Also what a processor without bfloat16 products does.
TEST(LinearMap, CompositionDoesTheSame) {
  const ReferenceKernels reference;
  for (const Case& c : cases()) expect_close(run(c), expected(c));
}

TEST(LinearMap, TakesStridedRowsAndGradients) {
  Case c = make_case({40}, 50, 60, true);
  c.x = values({50, 40}, 5).t();
  c.dy = values({60, 40}, 6).t();
  expect_close(run(c), expected(c));
  c.dy = at::ones({1}).expand({40, 60});
  expect_close(run(c), expected(c));
}

TEST(LinearMap, SeesAnInputChangedInPlace) {
  const Case c = make_case({40}, 50, 60, false);
  const Bf16Scope bf16;
  at::Tensor x = c.x.clone();
  linear_map(x, c.weight);
  x.mul_(3);
  EXPECT_TRUE(at::equal(linear_map(x, c.weight), linear_map(x.clone(), c.weight)));
}

TEST(LinearMap, GivesOnlyTheGradientsAskedFor) {
  const Case c = make_case({40}, 50, 60, true);
  const at::Tensor bias = c.bias.clone().requires_grad_();
  {
    const Bf16Scope bf16;
    linear_map(c.x, c.weight, bias).backward(c.dy);
  }
  EXPECT_FALSE(c.weight.grad().defined());
  EXPECT_TRUE(at::equal(bias.grad(), c.dy.sum(0)));
}

TEST(LinearMap, KeepsInfinitiesAndNotANumber) {
  Case c = make_case({40}, 50, 60, false);
  c.x[3][7] = std::numeric_limits<float>::quiet_NaN();
  c.x[5][7] = std::numeric_limits<float>::infinity();
  const Bf16Scope bf16;
  const at::Tensor y = linear_map(c.x, c.weight);
  EXPECT_TRUE(y[3].isnan().all().item<bool>());
  EXPECT_FALSE(y[5].isfinite().any().item<bool>());
  EXPECT_TRUE(y[4].isfinite().all().item<bool>());
}

TEST(LinearMap, IsAtensOutsideAScopeAndForSmallOrOtherMatrices) {
  const Case large = make_case({40}, 50, 60, true), small = make_case({31}, 50, 60, true);
  const auto same = [](const Case& c) {
    return at::equal(linear_map(c.x, c.weight, c.bias), at::linear(c.x, c.weight, c.bias));
  };
  EXPECT_TRUE(same(large));
  {
    const Bf16Scope off(false);
    EXPECT_TRUE(same(large));
  }
  const Bf16Scope bf16;
  EXPECT_FALSE(same(large));
  EXPECT_TRUE(same(small));
  EXPECT_TRUE(same(
      {large.x.to(at::kDouble), large.weight.to(at::kDouble), large.bias.to(at::kDouble), {}}));
  EXPECT_TRUE(same({large.x[0], large.weight, large.bias, {}}));
}

TEST(LinearMap, IsFasterOnlyWhereTilesWork) {
  if (bf16_is_faster()) {
    const CpuFeatures& cpu = cpu_features();
    EXPECT_TRUE(cpu.fast_avx512_bf16 || (cpu.amx_bf16 && !cpu.amx_hidden));
  }
}

}  // namespace
}  // namespace attune
