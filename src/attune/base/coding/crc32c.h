#pragma once

#include <cstdint>
#include <string_view>

namespace attune {

/// CRC-32C (Castagnoli polynomial, reflected; RFC 3720, appendix B.4). `crc` continues an earlier
/// value: `crc32c(b, crc32c(a)) == crc32c(a + b)`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0);

/// The masked form that TFRecord files and LevelDB tables store: the checksum of bytes that hold
/// checksums themselves is a poor one (leveldb, util/crc32c.h).
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace attune
