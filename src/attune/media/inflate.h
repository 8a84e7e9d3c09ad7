#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace attune {

enum class InflateFormat {
  raw,   ///< deflate data without a header, as in DICOM
  gzip,  ///< .gz; several members one after another are joined
};

/// The decompressed bytes. `name` is for messages. Throws `data` where they are damaged, cut off or
/// would be more than `max_bytes` (memory never grows beyond that).
std::string inflate_bytes(std::span<const std::byte> bytes, InflateFormat format,
                          std::uint64_t max_bytes, const std::string& name);

/// Whether the bytes start as a .gz file does.
bool looks_like_gzip(std::span<const std::byte> bytes);

}  // namespace attune
