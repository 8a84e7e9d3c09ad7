#pragma once

#include <ATen/core/Tensor.h>

#include "attune/kernels/dropout.h"

namespace attune {

/// LayerNorm(dropout(x + bias) + residual) * weight + shift over the last dimension: the end of a
/// transformer's sub-layer (post-norm). `x` and `residual` [T, hidden]; `bias`, `weight` and
/// `shift` [hidden]; `bias` and `residual` may be undefined. Differentiable in all five.
at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual,
                         const at::Tensor& weight, const at::Tensor& shift, double eps,
                         const KeyedDropout& spec = {});
at::Tensor residual_norm_reference(const at::Tensor& x, const at::Tensor& bias,
                                   const at::Tensor& residual, const at::Tensor& weight,
                                   const at::Tensor& shift, double eps,
                                   const KeyedDropout& spec = {});

}  // namespace attune
