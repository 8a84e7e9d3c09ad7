#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace attune {

/// A convolution along the rows of x [T, in], without padding: y[t] = bias + sum over k of
/// weight[:, :, k] x[stride * t + k] for `weight` [out, in, kernel] and `bias` [out], which may be
/// undefined. Returns [(T - kernel) / stride + 1, out]; requires a row. Differentiable. Under a
/// Bf16Scope the factors of its products are rounded to bfloat16, as in `linear_map`.
at::Tensor row_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           std::int64_t stride);

}  // namespace attune
