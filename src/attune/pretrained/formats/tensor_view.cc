#include "attune/pretrained/formats/tensor_view.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace attune {
namespace {

/// IEEE 754: a number is finite unless all bits of its exponent are set. Blocks keep the inner loop
/// free of branches, so that it runs as fast as memory.
template <typename Bits>
std::optional<std::int64_t> first_with_full_exponent(std::span<const std::byte> bytes,
                                                     Bits exponent) {
  constexpr std::size_t kBlock = 4096 / sizeof(Bits);
  const std::size_t count = bytes.size() / sizeof(Bits);
  const auto is_full = [&](std::size_t i) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + i * sizeof(Bits), sizeof(Bits));
    return (bits & exponent) == exponent;
  };
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const std::size_t end = std::min(begin + kBlock, count);
    unsigned any = 0;
    for (std::size_t i = begin; i < end; ++i) any |= is_full(i) ? 1U : 0U;
    if (any == 0) continue;
    for (std::size_t i = begin; i < end; ++i) {
      if (is_full(i)) return static_cast<std::int64_t>(i);
    }
  }
  return std::nullopt;
}

}  // namespace

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

std::optional<std::int64_t> first_not_finite(const TensorView& tensor) {
  switch (tensor.dtype) {
    case DType::f64:
      return first_with_full_exponent<std::uint64_t>(tensor.bytes, 0x7FF0'0000'0000'0000);
    case DType::f32:
      return first_with_full_exponent<std::uint32_t>(tensor.bytes, 0x7F80'0000);
    case DType::bf16:
      return first_with_full_exponent<std::uint16_t>(tensor.bytes, 0x7F80);
    case DType::f16:
      return first_with_full_exponent<std::uint16_t>(tensor.bytes, 0x7C00);
    default:
      return std::nullopt;
  }
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace attune
