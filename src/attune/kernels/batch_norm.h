#pragma once

#include <ATen/core/Tensor.h>

#include "attune/kernels/simd/batch_norm_loops.h"

namespace attune {

/// What a batch normalisation is told beside its tensors.
struct BatchNormSpec {
  /// With the batch's own statistics, which then move the running ones (the unbiased variance):
  /// running = (1 - momentum) * running + momentum * batch. Else with the running ones.
  bool training = false;
  double momentum = 0.1;
  double eps = 1e-5;
  Rectifier rectifier = Rectifier::none;
};

/// rectifier(BatchNorm(x) + residual) of `x` [N, C, H, W] over N, H and W (Ioffe and Szegedy 2015,
/// arXiv 1502.03167); `residual` of the same shape may be undefined, the others are [C]. In
/// channels_last layout and of x's type, fp32 or bfloat16; statistics and sums are fp32. The same
/// bits for any number of threads. Differentiable in x, weight, bias and residual. Other types and
/// devices are computed as batch_norm_reference does.
at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      const at::Tensor& running_mean, const at::Tensor& running_var,
                      const BatchNormSpec& spec, const at::Tensor& residual = {});
at::Tensor batch_norm_reference(const at::Tensor& x, const at::Tensor& weight,
                                const at::Tensor& bias, const at::Tensor& running_mean,
                                const at::Tensor& running_var, const BatchNormSpec& spec,
                                const at::Tensor& residual = {});

}  // namespace attune
