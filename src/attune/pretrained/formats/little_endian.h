#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

namespace attune {

/// The little-endian integer or float at `offset` of `bytes`. Requires that it lies inside them.
template <typename T>
T load_little_endian(std::span<const std::byte> bytes, std::size_t offset) {
  static_assert(std::is_arithmetic_v<T>);
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace attune
