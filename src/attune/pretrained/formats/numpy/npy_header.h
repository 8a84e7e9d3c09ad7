#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/pretrained/formats/dtype.h"

namespace attune {

/// The header of a NumPy array.
struct NpyHeader {
  std::size_t size = 0;  ///< bytes of the header, where the values begin
  DType dtype = DType::f32;
  bool big_endian = false, fortran_order = false;
  std::vector<std::int64_t> shape;
  std::uint64_t data_bytes = 0;
};

/// Headers longer than this are refused (64 dimensions take less than 1 KiB).
constexpr std::size_t kMaxNpyHeaderBytes = 1 << 16;

/// Parses the header at the start of `bytes`, which may end anywhere behind it. Throws `data`,
/// naming `where`, where it is no header of a supported array.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& where);

}  // namespace attune
