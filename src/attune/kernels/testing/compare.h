#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"

namespace attune {

// For tests of fused operations.

/// Normal values that depend on `seed` and their place alone.
inline at::Tensor values(at::IntArrayRef sizes, std::uint64_t seed, double deviation = 1.0) {
  at::Tensor out = at::empty(sizes);
  const Rng rng(seed, "test");
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    out.mutable_data_ptr<float>()[i] =
        static_cast<float>(deviation * rng.normal(static_cast<std::uint64_t>(i)));
  }
  return out;
}

using Operation = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

/// The result and the gradient of each input, for a fixed gradient of the result.
inline std::vector<at::Tensor> with_gradients(const Operation& operation,
                                              const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> leaves;
  for (const at::Tensor& input : inputs) {
    leaves.push_back(input.defined() ? input.detach().clone().requires_grad_() : input);
  }
  const at::Tensor out = operation(leaves);
  out.backward(values(out.sizes(), 99).to(out.scalar_type()));
  std::vector<at::Tensor> results = {out.detach()};
  for (const at::Tensor& leaf : leaves) {
    if (leaf.defined()) results.push_back(leaf.grad());
  }
  const at::NoGradGuard no_grad;  // the path without autograd
  EXPECT_TRUE(at::equal(operation(inputs), out));
  return results;
}

/// Expects of `fused` what `reference` gives in double, and the same bits for any number of
/// threads.
inline void compare(const Operation& fused, const Operation& reference,
                    const std::vector<at::Tensor>& inputs, double tolerance = 2e-6) {
  std::vector<at::Tensor> wide;
  for (const at::Tensor& x : inputs) wide.push_back(x.defined() ? x.to(at::kDouble) : x);
  const auto want = with_gradients(reference, wide);
  const auto got = with_gradients(fused, inputs);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double scale = std::max(1.0, want[i].abs().max().item<double>());
    EXPECT_LT((got[i] - want[i]).abs().max().item<double>(), tolerance * scale) << "result " << i;
  }
  const int threads = at::get_num_threads();
  for (const int n : {1, 2, 3, 5}) {
    at::set_num_threads(n);
    const auto again = with_gradients(fused, inputs);
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_TRUE(at::equal(again[i], got[i])) << "result " << i << ", " << n << " threads";
    }
  }
  at::set_num_threads(threads);
}

}  // namespace attune
