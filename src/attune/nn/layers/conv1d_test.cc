#include "attune/nn/layers/conv1d.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/nn/init.h"

namespace attune::nn {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNone = 0;

at::Tensor drawn(at::IntArrayRef sizes, const char* name) {
  at::Tensor x = at::zeros(sizes);
  fill_normal(x, 1.0, Rng(4, name));
  return x;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

struct Case {
  std::int64_t in, out, kernel, stride, groups;
  bool bias;
};
class EachShape : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(Conv1d, EachShape,
                         ::testing::Values(Case{1, 6, 10, 5, 1, false}, Case{1, 6, 3, 1, 1, true},
                                           Case{1, 6, 1, 4, 1, true}, Case{5, 7, 3, 2, 1, false},
                                           Case{5, 7, 2, 2, 1, true}, Case{5, 1, 1, 3, 1, true},
                                           Case{5, 7, 37, 2, 1, true}, Case{6, 9, 4, 1, 3, true},
                                           Case{6, 9, 5, 2, 3, false}));

// The same in torch's layout and double, and its gradients.
TEST_P(EachShape, EqualsTorchs) {
  const auto [in, out, kernel, stride, groups, with_bias] = GetParam();
  const at::Tensor x = drawn({37, in}, "x").set_requires_grad(true),
                   weight = drawn({out, in / groups, kernel}, "weight").set_requires_grad(true),
                   bias = with_bias ? drawn({out}, "bias").set_requires_grad(true) : at::Tensor();
  const auto wide = [](const at::Tensor& tensor) {
    return tensor.detach().to(at::kDouble).set_requires_grad(true);
  };
  const at::Tensor x2 = wide(x), weight2 = wide(weight),
                   bias2 = with_bias ? wide(bias) : at::Tensor();
  const at::Tensor got = convolve_rows(x, weight, bias, stride, groups);
  const at::Tensor want =
      at::conv1d(x2.t().unsqueeze(0), weight2, bias2, stride, at::IntArrayRef(kNone), 1, groups)
          .squeeze(0)
          .t();
  ASSERT_EQ(got.sizes(), want.sizes());
  EXPECT_TRUE(got.is_contiguous());
  EXPECT_LT(distance(got, want), 2e-5);
  const at::Tensor gradient = drawn(got.sizes(), "gradient");
  got.backward(gradient);
  want.backward(gradient.to(at::kDouble));
  EXPECT_LT(distance(x.grad(), x2.grad()), 2e-5);
  EXPECT_LT(distance(weight.grad(), weight2.grad()), 5e-5);
  if (with_bias) {
    EXPECT_LT(distance(bias.grad(), bias2.grad()), 2e-5);
  }
}

TEST(Conv1d, RefusesFewerRowsThanTheKernel) {
  EXPECT_THAT(error_of(ErrorKind::internal,
                       [] {
                         convolve_rows(drawn({3, 2}, "x"), drawn({4, 2, 5}, "w"), {});
                       }),
              HasSubstr("rows [3, 2] are convolved with a kernel [4, 2, 5] in 1 groups"));
}

}  // namespace
}  // namespace attune::nn
