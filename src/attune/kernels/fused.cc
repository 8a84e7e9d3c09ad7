#include "attune/kernels/fused.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

namespace attune {

namespace {

// A count, as scopes may overlap; for all threads, as the backward pass runs on autograd's own.
std::atomic<int> reference_scopes = 0;

}  // namespace

ReferenceKernels::ReferenceKernels() {
  ++reference_scopes;
}
ReferenceKernels::~ReferenceKernels() {
  --reference_scopes;
}

bool can_fuse(std::initializer_list<at::Tensor> tensors) {
  return reference_scopes == 0 &&
         std::all_of(tensors.begin(), tensors.end(), [](const at::Tensor& tensor) {
           return !tensor.defined() || (tensor.is_cpu() && tensor.scalar_type() == at::kFloat);
         });
}

// Where nothing is recorded the operations keep nothing for a backward pass.
bool any_requires_grad(std::initializer_list<at::Tensor> tensors) {
  return at::GradMode::is_enabled() &&
         std::any_of(tensors.begin(), tensors.end(), [](const at::Tensor& tensor) {
           return tensor.defined() && tensor.requires_grad();
         });
}

std::optional<at::Tensor> optional_tensor(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

const float* data_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

MaskSpec mask_spec(const KeyedDropout& dropout) {
  if (!dropout.active()) return {};
  return {.key = dropout.key,
          // Whole 32-bit words are compared, so p is kept to within 2^-33.
          .threshold = static_cast<std::uint32_t>(std::llround(dropout.p * 0x1p32)),
          .scale = static_cast<float>(1.0 / (1.0 - dropout.p))};
}

std::int64_t row_chunks(std::int64_t rows) {
  constexpr std::int64_t kRows = 32, kMost = 64;
  return std::clamp<std::int64_t>((rows + kRows - 1) / kRows, 1, kMost);
}

void for_each_row_chunk(
    std::int64_t rows,
    const std::function<void(std::int64_t chunk, std::int64_t begin, std::int64_t end)>& work) {
  const std::int64_t chunks = row_chunks(rows);
  at::parallel_for(0, chunks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t chunk = first; chunk < last; ++chunk) {
      work(chunk, chunk * rows / chunks, (chunk + 1) * rows / chunks);
    }
  });
}

}  // namespace attune
