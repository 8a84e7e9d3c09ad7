#include <algorithm>
#include <string_view>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

/// Integers of a TIFF block in its byte order; what lies outside the block reads as 0.
struct Block {
  std::span<const std::uint8_t> bytes;
  bool big_endian = false;

  std::uint32_t integer(std::size_t offset, std::size_t size) const {
    if (offset > bytes.size() || bytes.size() - offset < size) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | bytes[offset + (big_endian ? i : size - 1 - i)];
    }
    return value;
  }
};

}  // namespace

int exif_orientation(std::span<const std::uint8_t> bytes) {
  // APP1 of a JPEG begins with it; the chunks of PNG and WebP need not.
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (bytes.size() >= kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), bytes.begin())) {
    bytes = bytes.subspan(kPrefix.size());
  }
  if (bytes.size() < 8) return 1;
  Block block{bytes, bytes[0] == 'M'};
  if ((bytes[0] != 'M' && bytes[0] != 'I') || bytes[1] != bytes[0] || block.integer(2, 2) != 42) {
    return 1;
  }
  const std::size_t directory = block.integer(4, 4);
  const std::uint32_t entries = block.integer(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    // TIFF 6.0, section 2: a count, then entries of tag, type, number of values (one here) and
    // value.
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (block.integer(entry, 2) != 0x0112) continue;
    constexpr std::uint32_t kShort = 3, kLong = 4;
    const std::uint32_t type = block.integer(entry + 2, 2);
    const std::uint32_t value = type == kShort  ? block.integer(entry + 8, 2)
                                : type == kLong ? block.integer(entry + 8, 4)
                                                : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace attune::image_formats
