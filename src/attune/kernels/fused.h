#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>

#include <ATen/core/Tensor.h>

#include "attune/kernels/dropout.h"
#include "attune/kernels/simd/loops.h"

namespace attune {

// What the fused operations of this folder share. Internal.

/// While one lives, the operations of this folder are computed by their ATen compositions, on every
/// thread: for tests and benchmarks.
class ReferenceKernels {
 public:
  ReferenceKernels();
  ~ReferenceKernels();
  ReferenceKernels(const ReferenceKernels&) = delete;
  ReferenceKernels& operator=(const ReferenceKernels&) = delete;
};

/// Whether every tensor that is defined is fp32 on the CPU, so that the loops can work on it, and
/// no ReferenceKernels lives.
bool can_fuse(std::initializer_list<at::Tensor> tensors);

/// Whether autograd has to record what is done with one of these.
bool any_requires_grad(std::initializer_list<at::Tensor> tensors);

/// Nothing for an undefined tensor: autograd's functions take it in this form.
std::optional<at::Tensor> optional_tensor(const at::Tensor& tensor);

/// nullptr for an undefined tensor.
const float* data_or_null(const at::Tensor& tensor);

MaskSpec mask_spec(const KeyedDropout& dropout);

/// Splits `rows` into chunks whose number depends on `rows` alone and runs
/// `work(chunk, begin, end)` on them, on LibTorch's threads: sums over rows that are made chunk by
/// chunk come out the same for any number of threads.
std::int64_t row_chunks(std::int64_t rows);
void for_each_row_chunk(
    std::int64_t rows,
    const std::function<void(std::int64_t chunk, std::int64_t begin, std::int64_t end)>& work);

}  // namespace attune
