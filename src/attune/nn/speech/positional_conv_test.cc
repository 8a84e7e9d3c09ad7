#include "attune/nn/speech/positional_conv.h"

#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/nn/init.h"

namespace attune::nn {
namespace {

using ::testing::ElementsAre;

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

at::Tensor drawn(at::IntArrayRef sizes, const std::string& name) {
  at::Tensor x = at::zeros(sizes);
  fill_normal(x, 1.0, Rng(5, name));
  return x;
}

class EachKernel : public ::testing::TestWithParam<std::int64_t> {};
INSTANTIATE_TEST_SUITE_P(PositionalConv, EachKernel, ::testing::Values(1, 6, 7));

TEST_P(EachKernel, EqualsEachSequenceAlone) {
  const std::int64_t kernel = GetParam();
  PositionalConv conv({.width = 8, .kernel = kernel, .groups = 2});
  for (const NamedTensor& item : conv.named_parameters()) {
    const at::NoGradGuard no_grad;
    item.tensor.copy_(drawn(item.tensor.sizes(), item.name));
  }
  const Segments segments = {{0, 9, 10, 24}};
  const at::Tensor x = drawn({24, 8}, "x"), got = conv.forward(x, segments);
  const at::Tensor v = conv.tensor("conv.weight_v").detach().to(at::kDouble),
                   g = conv.tensor("conv.weight_g").detach().to(at::kDouble);
  const at::Tensor weight = g * v / v.square().sum({0, 1}, true).sqrt();
  std::vector<at::Tensor> want;
  for (std::size_t n = 0; n < 3; ++n) {
    const std::int64_t first = segments.offsets[n], length = segments.offsets[n + 1] - first;
    const at::Tensor sequence = x.narrow(0, first, length).to(at::kDouble).t().unsqueeze(0);
    const at::Tensor y = at::conv1d(sequence, weight, conv.tensor("conv.bias").to(at::kDouble), 1,
                                    at::IntArrayRef(kernel / 2), 1, 2);
    // An even kernel makes one frame too many: the last is left out.
    want.push_back(at::gelu(y.narrow(2, 0, length)).squeeze(0).t());
  }
  EXPECT_LT(distance(got, at::cat(want)), 3e-6);
}

TEST(PositionalConv, NamesAreTorchsOldOnes) {
  std::vector<std::string> names;
  const PositionalConv conv({.width = 8, .kernel = 6, .groups = 2});
  for (const NamedTensor& item : conv.named_parameters()) names.push_back(item.name);
  EXPECT_THAT(names, ElementsAre("conv.bias", "conv.weight_g", "conv.weight_v"));
}

}  // namespace
}  // namespace attune::nn
