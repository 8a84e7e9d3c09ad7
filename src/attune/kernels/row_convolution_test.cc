#include "attune/kernels/row_convolution.h"

#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/kernels/fused.h"
#include "attune/kernels/linear.h"

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

struct Shape {
  std::int64_t rows, in, out, kernel, stride;
  bool bias;
};

struct Case {
  at::Tensor x, weight, bias, dy;
  std::int64_t stride;
};

Case make_case(const Shape& s) {
  return {values({s.rows, s.in}, 1), values({s.out, s.in, s.kernel}, 2),
          s.bias ? values({s.out}, 3) : at::Tensor(),
          values({(s.rows - s.kernel) / s.stride + 1, s.out}, 4), s.stride};
}

// The result and the gradients of x, weight and, if there is one, bias.
template <typename Convolution>
std::vector<at::Tensor> results(const Case& c, const Convolution& convolution) {
  const auto leaf = [](const at::Tensor& t) {
    return t.defined() ? t.detach().clone().requires_grad_() : t;
  };
  const at::Tensor x = leaf(c.x), weight = leaf(c.weight), bias = leaf(c.bias);
  const at::Tensor y = convolution(x, weight, bias);
  y.backward(c.dy.to(y.scalar_type()));
  std::vector<at::Tensor> results = {y.detach(), x.grad(), weight.grad()};
  if (bias.defined()) results.push_back(bias.grad());
  return results;
}

std::vector<at::Tensor> run(const Case& c, bool bf16) {
  return results(c, [&](const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    const Bf16Scope scope(bf16);
    return row_convolution(x, weight, bias, c.stride);
  });
}

// The definition, in double.
std::vector<at::Tensor> expected(Case c, bool bf16) {
  const at::Tensor whole = c.dy.to(at::kDouble);
  for (at::Tensor* t : {&c.x, &c.weight, &c.dy}) {
    *t = (bf16 ? t->to(at::kBFloat16) : *t).to(at::kDouble);
  }
  if (c.bias.defined()) c.bias = c.bias.to(at::kDouble);
  auto wanted =
      results(c, [&](const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
        return at::conv1d(x.t().unsqueeze(0), weight, bias, c.stride).squeeze(0).t();
      });
  if (c.bias.defined()) wanted[3] = whole.sum(0);  // nothing is multiplied for it
  return wanted;
}

std::vector<Case> cases() {
  std::vector<Case> cases;
  // Overlapping windows, windows side by side, rows that none sees, odd sides, one tap.
  for (const Shape& shape : {Shape{80, 32, 32, 3, 2, true}, Shape{83, 37, 41, 2, 2, false},
                             Shape{131, 33, 70, 3, 3, true}, Shape{40, 64, 64, 1, 1, true}}) {
    cases.push_back(make_case(shape));
  }
  return cases;
}

void expect_close(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].scalar_type(), at::kFloat);
    ASSERT_EQ(got[i].sizes(), want[i].sizes());
    // One factor not rounded would be off by 1e-3.
    EXPECT_LT((got[i] - want[i]).abs().max().item<double>(), 1e-4) << "result " << i;
  }
}

TEST(RowConvolution, IsTheDefinition) {
  for (const Case& c : cases()) expect_close(run(c, false), expected(c, false));
}

TEST(RowConvolution, RoundsFactorsAndAddsInFloat) {
  const int threads = at::get_num_threads();
  for (const Case& c : cases()) {
    at::set_num_threads(1);
    const auto one = run(c, true);
    expect_close(one, expected(c, true));
    at::set_num_threads(3);
    const auto three = run(c, true);
    expect_close(three, expected(c, true));
    const ReferenceKernels reference;
    expect_close(run(c, true), expected(c, true));
  }
  at::set_num_threads(threads);
}

TEST(RowConvolution, RoundsNothingOfSmallProducts) {
  const Case small = make_case({80, 31, 64, 3, 1, true});
  EXPECT_TRUE(at::equal(run(small, true)[0], run(small, false)[0]));
}

}  // namespace
}  // namespace attune
