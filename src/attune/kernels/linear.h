#pragma once

#include <ATen/core/Tensor.h>

namespace attune {

/// While it lives, `linear_map` and convolutions on this thread multiply in bfloat16, in the
/// backward pass of what was computed under it too. Parameters and their gradients stay fp32, and
/// so do activations, but for those between convolutions of pictures.
class Bf16Scope {
 public:
  explicit Bf16Scope(bool enabled = true);
  ~Bf16Scope();
  Bf16Scope(const Bf16Scope&) = delete;
  Bf16Scope& operator=(const Bf16Scope&) = delete;

 private:
  bool before_;
};

/// Whether such a scope lives on this thread.
bool multiplies_in_bf16();

/// The type in which `x` is convolved with an fp32 `weight`: bfloat16 where x is, and for fp32 on
/// the CPU under a Bf16Scope; else the weight's own.
at::ScalarType product_type(const at::Tensor& x, const at::Tensor& weight);

/// x W^T + b for x [..., in], `weight` [out, in] and `bias` [out], which may be undefined.
/// Differentiable. fp32 as ATen does it; under a Bf16Scope the factors of the three products (of
/// the result and of both gradients) are rounded to bfloat16 (to nearest, ties to even), sums and
/// results are fp32. Products with a side below 32, and types other than fp32 on the CPU, are
/// ATen's as ever.
at::Tensor linear_map(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {});

}  // namespace attune
