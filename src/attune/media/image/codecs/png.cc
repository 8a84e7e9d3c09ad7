#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include <png.h>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

/// Orientation of the eXIf chunk, which may stand behind the samples.
int find_orientation(const Source& source) {
  const std::uint8_t* data = source.data();
  // The chunks are walked here, since libpng tells of those behind IDAT only after it has decoded
  // the samples.
  std::size_t offset = 8;
  while (source.size() - offset >= 12) {
    const std::size_t length = png_get_uint_32(data + offset);
    if (length > source.size() - offset - 12) break;
    if (std::memcmp(data + offset + 4, "eXIf", 4) == 0) {
      return exif_orientation({data + offset + 8, length});
    }
    offset += 12 + length;
  }
  return 1;
}

/// libpng's decoder over bytes in memory. Its errors come as longjmp: every call into it goes
/// through `guarded`, whose callable must own nothing that has a destructor.
class PngReader {
 public:
  explicit PngReader(const Source& source)
      : source_(source), state_(this), png_(state_.png), header_(state_.header) {
    check(header_ != nullptr, ErrorKind::internal, "libpng cannot be started");
    guarded([this] {
      png_set_read_fn(png_, this, on_read);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // check_size says it better
      png_read_info(png_, header_);
    });
    source_.check_size(png_get_image_height(png_, header_), png_get_image_width(png_, header_));
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  ImageInfo info() const {
    ImageInfo info;
    info.height = png_get_image_height(png_, header_);
    info.width = png_get_image_width(png_, header_);
    info.bits = png_get_bit_depth(png_, header_);
    switch (png_get_color_type(png_, header_)) {
      case PNG_COLOR_TYPE_GRAY:
        info.color = ColorModel::grey;
        break;
      case PNG_COLOR_TYPE_GRAY_ALPHA:
        info.color = ColorModel::grey_alpha;
        break;
      case PNG_COLOR_TYPE_RGB_ALPHA:
        info.color = ColorModel::rgb_alpha;
        break;
      case PNG_COLOR_TYPE_PALETTE:
        info.palette = true;
        break;
      default:
        break;
    }
    info.orientation = find_orientation(source_);
    return info;
  }

  /// `Sample` is uint8 or uint16; the latter comes in this machine's byte order.
  template <typename Sample>
  Raster<Sample> read(const ImageInfo& info) {
    check_plausible(info);
    guarded([this, &info] {
      if (info.palette) png_set_palette_to_rgb(png_);
      if (info.color == ColorModel::grey && info.bits < 8) png_set_expand_gray_1_2_4_to_8(png_);
      // PNG stores 16 bits big-endian (section 7.1); the call does nothing for 8.
      if constexpr (std::endian::native == std::endian::little) png_set_swap(png_);
      // A palette's transparency would come as a fourth channel.
      if (info.palette) png_set_strip_alpha(png_);
      png_set_interlace_handling(png_);
      png_read_update_info(png_, header_);
    });
    Raster<Sample> image(info.height, info.width, info.channels());
    check(png_get_rowbytes(png_, header_) ==
              static_cast<std::size_t>(info.width * info.channels()) * sizeof(Sample),
          ErrorKind::internal, "libpng gives rows of another size than asked for");
    std::vector<png_bytep> rows(static_cast<std::size_t>(info.height));
    for (std::int64_t y = 0; y < info.height; ++y) {
      rows[static_cast<std::size_t>(y)] = reinterpret_cast<png_bytep>(image.row(y));
    }
    guarded([this, &rows] {
      png_read_image(png_, rows.data());
      png_read_end(png_, nullptr);
    });
    return image;
  }

 private:
  struct State {
    png_structp png = nullptr;
    png_infop header = nullptr;

    explicit State(PngReader* reader) {
      png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, [](auto, auto) {});
      header = png != nullptr ? png_create_info_struct(png) : nullptr;
    }
    ~State() { png_destroy_read_struct(&png, &header, nullptr); }
  };

  template <typename Call>
  void guarded(Call call) {
    if (setjmp(png_jmpbuf(png_)) != 0) source_.fail("{}", message_.data());
    call();
  }

  /// Deflate shrinks by at most 1032: a small file that claims more is cut off, and is refused
  /// before its picture is allocated.
  void check_plausible(const ImageInfo& info) const {
    constexpr std::int64_t kMaxRatio = 1032;
    const std::int64_t stored = info.palette ? 1 : info.channels();
    const std::int64_t bytes = (info.width * stored * info.bits + 7) / 8 * info.height;
    source_.check(bytes / kMaxRatio <= static_cast<std::int64_t>(source_.size()),
                  "the PNG is cut off: {} x {} pixels cannot be in {} bytes", info.width,
                  info.height, source_.size());
  }

  [[noreturn]] static void on_error(png_structp png, png_const_charp text) {
    auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(reader.message_.data(), reader.message_.size(), "%s (libpng: %s)",
                  reader.cut_off_ ? "the PNG is cut off" : "the PNG is damaged", text);
    png_longjmp(png, 1);
  }

  static void on_read(png_structp png, png_bytep out, std::size_t count) {
    auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader.source_.size() - reader.offset_) {
      reader.cut_off_ = true;
      png_error(png, "the file ends early");
    }
    std::memcpy(out, reader.source_.data() + reader.offset_, count);
    reader.offset_ += count;
  }

  const Source& source_;
  State state_;
  png_structp png_;
  png_infop header_;
  std::size_t offset_ = 0;
  bool cut_off_ = false;
  std::array<char, 256> message_{};
};

}  // namespace

ImageInfo probe_png(const Source& source) {
  return PngReader(source).info();
}

DecodedImage decode_png(const Source& source) {
  PngReader reader(source);
  const ImageInfo info = reader.info();
  if (info.bits < 16) return {info, reader.read<std::uint8_t>(info)};
  const auto stored = reader.read<std::uint16_t>(info);
  DeepImage image(stored.height, stored.width, stored.channels);
  std::copy(stored.samples.begin(), stored.samples.end(), image.samples.begin());
  return {info, std::move(image)};
}

}  // namespace attune::image_formats
