#include "attune/nn/init.h"

#include <cmath>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

namespace attune::nn {

namespace {

// Drawn in fp32 on the CPU whatever the target is, so that a model starts with the same values on
// every device.
template <typename Draw>
void fill(const at::Tensor& target, const Draw& draw) {
  const at::Tensor values = at::empty(target.sizes(), at::kFloat);
  float* out = values.mutable_data_ptr<float>();
  at::parallel_for(0, values.numel(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      out[i] = static_cast<float>(draw(static_cast<std::uint64_t>(i)));
    }
  });
  const at::NoGradGuard no_grad;
  target.copy_(values);
}

}  // namespace

void fill_normal(const at::Tensor& target, double deviation, const Rng& rng) {
  fill(target, [&](std::uint64_t i) { return deviation * rng.normal(i); });
}

void fill_uniform(const at::Tensor& target, double bound, const Rng& rng) {
  fill(target, [&](std::uint64_t i) { return bound * (2 * rng.uniform(i) - 1); });
}

void fill_kaiming_normal(const at::Tensor& weight, Fan fan, const Rng& rng) {
  // Counted as torch does (init.py, `_calculate_fan_in_and_fan_out`): inputs are those of a group,
  // outputs those of all groups.
  const std::int64_t channels = weight.size(fan == Fan::in ? 1 : 0);
  const auto count = static_cast<double>(channels * weight.size(2) * weight.size(3));
  fill_normal(weight, std::sqrt(2.0 / count), rng);
}

}  // namespace attune::nn
