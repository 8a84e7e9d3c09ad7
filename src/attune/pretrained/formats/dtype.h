#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace attune {

/// Element type of a stored tensor, in the order in which the safetensors library ranks them when
/// it lays out a file (huggingface/safetensors: safetensors/src/tensor.rs, `enum Dtype`).
enum class DType : std::uint8_t {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  f64,
  i64,
  u64,
};

/// The safetensors spelling: "F32", "BF16", "BOOL", "F8_E4M3", ...
std::string_view dtype_name(DType dtype);

/// Bytes of one element.
std::size_t dtype_size(DType dtype);

/// The inverse of `dtype_name`; nothing for an unknown name.
std::optional<DType> dtype_from_name(std::string_view name);

/// "BOOL, U8, ...": for messages.
std::string_view known_dtype_names();

}  // namespace attune
