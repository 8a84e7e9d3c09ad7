#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

// Windows bitmaps: BITMAPCOREHEADER (12 bytes) and BITMAPINFOHEADER with its successors (40 to
// 124); learn.microsoft.com/windows/win32/gdi/bitmap-storage.

/// Bits of one channel in a pixel's word.
struct Mask {
  std::uint32_t bits = 0;

  /// The channel scaled to 0..255, rounded down as Pillow does.
  std::uint8_t sample(std::uint32_t pixel) const {
    if (bits == 0) return 0;
    const int shift = std::countr_zero(bits);
    const std::uint64_t most = bits >> shift;
    return static_cast<std::uint8_t>(((pixel & bits) >> shift) * std::uint64_t{255} / most);
  }
};

struct Header {
  std::int64_t height = 0, width = 0;
  bool top_down = false;
  std::uint32_t bits = 0;
  std::array<Mask, 4> masks;  ///< red, green, blue, alpha; for 16, 24 and 32 bits
  std::size_t palette = 0, palette_entry = 4;
  std::uint32_t colors = 0;
  std::size_t samples = 0;

  std::int64_t row_bytes() const { return (width * bits + 31) / 32 * 4; }
  bool has_alpha() const { return bits == 32 && masks[3].bits != 0; }
};

std::uint32_t integer(const Source& source, std::size_t offset, std::size_t size) {
  source.check(offset <= source.size() && source.size() - offset >= size, "the BMP is cut off");
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | source.data()[offset + i];
  return value;
}

void read_masks(const Source& source, std::uint32_t header_size, std::uint32_t compression,
                Header& header) {
  constexpr std::uint32_t kRgb = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3;
  source.check(compression != kRle8 && compression != kRle4,
               "a run-length encoded BMP, which attune does not read: save it without compression");
  source.check(compression == kRgb || compression == kBitFields,
               "a BMP of compression {}; expected none or bit fields", compression);
  if (compression == kRgb) {
    // BI_RGB: five bits a channel, or eight; the rest, the fourth byte included, means nothing.
    if (header.bits == 16) header.masks = {Mask{0x7c00}, Mask{0x3e0}, Mask{0x1f}, Mask{}};
    if (header.bits == 32) header.masks = {Mask{0xff0000}, Mask{0xff00}, Mask{0xff}, Mask{}};
    return;
  }
  source.check(header.bits == 16 || header.bits == 24 || header.bits == 32,
               "a BMP of {} bits with bit fields; expected 16, 24 or 32", header.bits);
  for (std::size_t i = 0; i < 4; ++i) {
    // Only headers of 56 bytes and more have an alpha mask.
    const bool present = i < 3 || header_size >= 56;
    const std::uint32_t bits = present ? integer(source, 14 + 40 + 4 * i, 4) : 0;
    const std::uint32_t low = bits == 0 ? 0 : bits >> std::countr_zero(bits);
    // `Mask::sample` takes the bits of a channel to lie side by side.
    source.check((low & (low + 1)) == 0, "the BMP is damaged: a bit field with gaps");
    header.masks[i] = {bits};
  }
  const auto are = [&](const std::array<std::uint32_t, 3>& wanted) {
    return std::ranges::equal(std::span(header.masks).first(3), wanted, {}, &Mask::bits);
  };
  if (header.bits == 32 && are({}) && header.masks[3].bits == 0) {
    // No field at all: the usual four bytes, as Pillow reads it.
    header.masks = {Mask{0xff0000}, Mask{0xff00}, Mask{0xff}, Mask{0xff000000}};
  }
  source.check(header.bits != 24 || are({0xff0000, 0xff00, 0xff}),
               "a BMP of 24 bits with bit fields other than blue, green and red bytes");
  for (std::size_t i = 0; i < 3; ++i) {
    source.check(header.masks[i].bits != 0, "a BMP without a bit field for {}",
                 std::array{"red", "green", "blue"}[i]);
  }
}

Header read_header(const Source& source) {
  Header header;
  const std::uint32_t header_size = integer(source, 14, 4);
  header.samples = integer(source, 10, 4);
  if (header_size == 12) {
    header.width = integer(source, 18, 2);
    header.height = integer(source, 20, 2);
    header.bits = integer(source, 24, 2);
    // RGBTRIPLE; the later headers have RGBQUAD, of four bytes.
    header.palette_entry = 3;
    read_masks(source, header_size, 0, header);
  } else {
    source.check(header_size >= 40 && header_size <= 124,
                 "a BMP header of {} bytes; expected 12 or 40 to 124", header_size);
    header.width = static_cast<std::int32_t>(integer(source, 18, 4));
    header.height = static_cast<std::int32_t>(integer(source, 22, 4));
    // BITMAPINFOHEADER: rows go from bottom to top unless the height is negative.
    header.top_down = header.height < 0;
    header.height = std::abs(header.height);
    header.bits = integer(source, 28, 2);
    header.colors = integer(source, 46, 4);
    read_masks(source, header_size, integer(source, 30, 4), header);
  }
  source.check_size(header.height, header.width);
  const std::uint32_t bits = header.bits;
  source.check(bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32,
               "a BMP of {} bits a pixel; expected 1, 4, 8, 16, 24 or 32", bits);
  header.palette = 14 + std::size_t{header_size};
  const std::uint32_t most = bits <= 8 ? 1u << bits : 0;  // deeper files may name colours to prefer
  if (header.colors == 0 || header.colors > most) header.colors = most;
  return header;
}

void check_complete(const Source& source, const Header& header) {
  const auto needed = static_cast<std::uint64_t>(header.row_bytes() * header.height);
  source.check(header.samples >= header.palette && header.samples <= source.size() &&
                   source.size() - header.samples >= needed,
               "the BMP is cut off: {} x {} pixels of {} bits need {} bytes from byte {} on, the "
               "file has {} bytes",
               header.width, header.height, header.bits, needed, header.samples, source.size());
}

/// Colours by index; indices without one are black.
std::array<std::array<std::uint8_t, 3>, 256> read_palette(const Source& source,
                                                          const Header& header) {
  std::array<std::array<std::uint8_t, 3>, 256> palette{};
  for (std::uint32_t i = 0; i < header.colors; ++i) {
    const std::size_t entry = header.palette + i * header.palette_entry;
    const std::uint32_t color = integer(source, entry, 3);  // blue is the lowest byte
    palette[i] = {static_cast<std::uint8_t>(color >> 16), static_cast<std::uint8_t>(color >> 8),
                  static_cast<std::uint8_t>(color)};
  }
  return palette;
}

void read_row(const std::uint8_t* in, const Header& header,
              const std::array<std::array<std::uint8_t, 3>, 256>& palette, std::uint8_t* out) {
  const std::uint32_t bits = header.bits;
  for (std::int64_t x = 0; x < header.width; ++x) {
    if (bits <= 8) {
      const std::int64_t bit = x * bits;
      const unsigned index = in[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1);
      out = std::copy_n(palette[index].begin(), 3, out);
    } else if (bits == 24) {
      out = std::reverse_copy(in + 3 * x, in + 3 * x + 3, out);
    } else {
      std::uint32_t pixel = 0;
      const std::int64_t bytes = bits / 8;
      for (std::int64_t i = bytes; i-- > 0;) pixel = pixel << 8 | in[bytes * x + i];
      for (std::size_t i = 0; i < (header.has_alpha() ? 4u : 3u); ++i) {
        *out++ = header.masks[i].sample(pixel);
      }
    }
  }
}

ImageInfo info_of(const Header& header) {
  ImageInfo info;
  info.height = header.height;
  info.width = header.width;
  info.bits = std::min<std::uint32_t>(header.bits, 8);
  info.palette = header.bits <= 8;
  info.color = header.has_alpha() ? ColorModel::rgb_alpha : ColorModel::rgb;
  return info;
}

}  // namespace

ImageInfo probe_bmp(const Source& source) {
  return info_of(read_header(source));
}

DecodedImage decode_bmp(const Source& source) {
  const Header header = read_header(source);
  check_complete(source, header);
  const ImageInfo info = info_of(header);
  const auto palette = read_palette(source, header);
  Image image(info.height, info.width, info.channels());
  for (std::int64_t y = 0; y < info.height; ++y) {
    const std::int64_t line = header.top_down ? y : info.height - 1 - y;
    read_row(source.data() + header.samples + line * header.row_bytes(), header, palette,
             image.row(y));
  }
  return {info, std::move(image)};
}

}  // namespace attune::image_formats
