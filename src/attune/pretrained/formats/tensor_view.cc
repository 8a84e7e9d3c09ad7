#include "attune/pretrained/formats/tensor_view.h"

#include <fmt/format.h>

namespace attune {

std::int64_t TensorView::numel() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

std::optional<std::uint64_t> tensor_bytes(DType dtype, std::span<const std::int64_t> shape) {
  auto product = static_cast<std::int64_t>(dtype_size(dtype));
  for (const std::int64_t size : shape) {
    // Unchecked, a shape of [2^32, 2^32] would wrap to 0 bytes and pass every comparison with the
    // file.
    if (size < 0 || __builtin_mul_overflow(product, size, &product)) return std::nullopt;
  }
  return static_cast<std::uint64_t>(product);
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace attune
