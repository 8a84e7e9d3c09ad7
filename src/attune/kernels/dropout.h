#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace attune {

/// Dropout whose mask is a pure function of (key, element): the same for any number of threads, and
/// drawn again in the backward pass instead of being stored.
struct KeyedDropout {
  double p = 0.0;         ///< probability that an element becomes zero, in [0, 1)
  std::uint64_t key = 0;  ///< says for which site, step and seed the mask is

  bool active() const { return p > 0.0; }
};

/// `x` with each element zeroed with probability p and the others scaled by 1 / (1 - p); `x` itself
/// where p is 0. Element i (row-major) is decided by `dropout_mask`. Differentiable.
at::Tensor dropout(const at::Tensor& x, const KeyedDropout& spec);

/// Factors (0 or 1 / (1 - p)) of elements [0, count) of `stream`, float32 [count]. Element i takes
/// word (i >> 4) & 3 of Philox4x32-10 of the counter {(i >> 6) * 16 + (i & 15), stream} (64 bits
/// each, low half first) and survives where that word is at least p * 2^32. On a CUDA device they
/// are drawn there once `load_cuda_plugin` has been called, else on the CPU and copied: the same
/// bits.
at::Tensor dropout_mask(std::int64_t count, const KeyedDropout& spec, std::uint64_t stream = 0,
                        at::Device device = at::kCPU);

}  // namespace attune
