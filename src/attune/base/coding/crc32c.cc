#include "attune/base/coding/crc32c.h"

#include <array>

namespace attune {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      // Castagnoli's polynomial 0x1EDC6F41 with its bits reversed (RFC 3720, section 12.1).
      value = (value >> 1) ^ ((value & 1u) != 0 ? 0x82f63b78u : 0u);
    }
    table[i] = value;
  }
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
  crc = ~crc;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xffu];
  }
  return ~crc;
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  // LevelDB's mask (util/crc32c.h), which TFRecord files take over: a checksum over data that hold
  // checksums themselves is problematic.
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace attune
