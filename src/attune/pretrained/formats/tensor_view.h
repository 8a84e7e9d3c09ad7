#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/pretrained/formats/dtype.h"

namespace attune {

/// Dimensions that a stored tensor may have.
inline constexpr std::size_t kMaxRank = 64;

/// A named tensor whose values lie elsewhere (a mapped file, a buffer of the caller's).
struct TensorView {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;  ///< no element negative; {} is a scalar
  /// Row-major, contiguous, little-endian; `numel() * dtype_size(dtype)` bytes. Not necessarily
  /// aligned to the element size: copy with `memcpy` unless you have checked.
  std::span<const std::byte> bytes;

  /// Product of the shape; 1 for a scalar. Requires a shape whose product does not overflow.
  std::int64_t numel() const;
};

/// Bytes that `shape` elements of `dtype` take; nothing where a size is negative or the product
/// does not fit into 63 bits.
std::optional<std::uint64_t> tensor_bytes(DType dtype, std::span<const std::int64_t> shape);

/// The index of the first element that is NaN or infinite, row-major; none in tensors of whole
/// numbers.
std::optional<std::int64_t> first_not_finite(const TensorView& tensor);

/// "[2, 3]".
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace attune
