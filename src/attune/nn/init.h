#pragma once

#include <ATen/core/Tensor.h>

#include "attune/base/rng.h"

namespace attune::nn {

/// Overwrites `target` with draws of `rng`: element i is a function of i alone, whatever the number
/// of threads.
void fill_normal(const at::Tensor& target, double deviation, const Rng& rng);
/// Uniform in [-bound, bound).
void fill_uniform(const at::Tensor& target, double bound, const Rng& rng);

/// He et al. 2015 (arXiv 1502.01852) for a convolution's weight before a ReLU: N(0, 2 / fan), fan
/// counted over the outputs (`fan_out`) or the inputs of the kernel.
enum class Fan { in, out };
void fill_kaiming_normal(const at::Tensor& weight, Fan fan, const Rng& rng);

}  // namespace attune::nn
