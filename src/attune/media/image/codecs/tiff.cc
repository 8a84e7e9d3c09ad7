#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <tiffio.h>

#include "attune/media/image/codecs/formats.h"

namespace attune::image_formats {
namespace {

/// How the samples lie in the file.
struct Layout {
  std::uint32_t height = 0, width = 0;
  std::uint16_t bits = 1, samples = 1, photometric = PHOTOMETRIC_MINISBLACK;
  std::uint16_t compression = COMPRESSION_NONE;
  bool planar = false, premultiplied = false;
};

/// libtiff over bytes in memory. It reports by return codes; the first error's text is kept.
class TiffReader {
 public:
  explicit TiffReader(const Source& source) : source_(source) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(
        TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    check(options != nullptr, ErrorKind::internal, "libtiff cannot be started");
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, this);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
    // "m": no memory mapping, for there is no file to map.
    file_.reset(TIFFClientOpenExt("picture", "rm", this, on_read, on_write, on_seek, on_close,
                                  on_size, nullptr, nullptr, options.get()));
    if (!file_) fail_with_message();
    read_layout();
    source_.check_size(layout_.height, layout_.width);
    find_color();
  }

  const ImageInfo& info() const { return info_; }

  template <typename Sample>
  Raster<Sample> read() {
    source_.check(info_.pages == 1,
                  "a TIFF of {} pages; expected one: save the page you mean as a file of its own",
                  info_.pages);
    Raster<Sample> image(info_.height, info_.width, layout_.samples);
    const int planes = layout_.planar ? layout_.samples : 1;
    for (int plane = 0; plane < planes; ++plane) {
      if (TIFFIsTiled(file_.get())) {
        read_tiles(image, plane);
      } else {
        read_strips(image, plane);
      }
    }
    return finished(std::move(image));
  }

 private:
  // Tags of a damaged file may ask for any amount of memory. Tiles have 256 or 512 pixels a side as
  // a rule.
  static constexpr tmsize_t kMaxAllocation = tmsize_t{1} << 30;
  static constexpr std::int64_t kMaxTilePixels = 1 << 24;

  static TiffReader& self(thandle_t handle) { return *static_cast<TiffReader*>(handle); }

  static tmsize_t on_read(thandle_t handle, void* out, tmsize_t count) {
    TiffReader& reader = self(handle);
    const std::uint64_t left =
        reader.offset_ < reader.source_.size() ? reader.source_.size() - reader.offset_ : 0;
    const auto taken = std::min(static_cast<std::uint64_t>(std::max<tmsize_t>(count, 0)), left);
    if (taken > 0) std::memcpy(out, reader.source_.data() + reader.offset_, taken);
    reader.offset_ += taken;
    return static_cast<tmsize_t>(taken);
  }
  static tmsize_t on_write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
    TiffReader& reader = self(handle);
    const toff_t base = whence == SEEK_CUR   ? reader.offset_
                        : whence == SEEK_END ? reader.source_.size()
                                             : 0;
    return reader.offset_ = base + offset;
  }
  static int on_close(thandle_t) { return 0; }
  static toff_t on_size(thandle_t handle) { return self(handle).source_.size(); }
  static int on_error(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    auto& message = static_cast<TiffReader*>(user)->message_;
    if (message[0] == '\0') std::vsnprintf(message.data(), message.size(), format, arguments);
    return 1;
  }

  [[noreturn]] void fail_with_message() const {
    source_.fail("the TIFF is damaged or cut off (libtiff: {})",
                 message_[0] != '\0' ? message_.data() : "no reason given");
  }

  std::uint16_t tag(std::uint32_t name) const {
    // Most tags may be left out and have a default (TIFF 6.0, section 8).
    std::uint16_t value = 0;
    TIFFGetFieldDefaulted(file_.get(), name, &value);
    return value;
  }

  void read_layout() {
    source_.check(TIFFGetField(file_.get(), TIFFTAG_IMAGEWIDTH, &layout_.width) == 1 &&
                      TIFFGetField(file_.get(), TIFFTAG_IMAGELENGTH, &layout_.height) == 1,
                  "the TIFF is damaged: it states no size");
    layout_.bits = tag(TIFFTAG_BITSPERSAMPLE);
    layout_.samples = tag(TIFFTAG_SAMPLESPERPIXEL);
    layout_.compression = tag(TIFFTAG_COMPRESSION);
    layout_.planar = tag(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE && layout_.samples > 1;
    TIFFGetField(file_.get(), TIFFTAG_PHOTOMETRIC, &layout_.photometric);
    std::uint16_t count = 0;
    std::uint16_t* kinds = nullptr;
    if (TIFFGetField(file_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1 && count > 0) {
      // Associated alpha (TIFF 6.0, section 18): colours are stored multiplied by it.
      layout_.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
    }
    info_.height = layout_.height;
    info_.width = layout_.width;
    info_.bits = layout_.bits;
    const std::uint16_t orientation = tag(TIFFTAG_ORIENTATION);
    if (orientation >= 1 && orientation <= 8) info_.orientation = orientation;
    count_pages();
  }

  /// Thumbnails and masks are no pages.
  void count_pages() {
    // A file of so many directories is refused whatever they are; each costs a read.
    constexpr unsigned kMaxLooked = 64;
    const auto directories = TIFFNumberOfDirectories(file_.get());
    info_.pages = std::max<std::int64_t>(1, directories);
    if (directories < 2 || directories > kMaxLooked) return;
    std::int64_t pages = 0;
    for (unsigned i = 0; i < directories; ++i) {
      if (TIFFSetDirectory(file_.get(), static_cast<tdir_t>(i)) != 1) fail_with_message();
      std::uint32_t kind = 0;
      TIFFGetFieldDefaulted(file_.get(), TIFFTAG_SUBFILETYPE, &kind);
      if ((kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0) ++pages;
    }
    if (TIFFSetDirectory(file_.get(), 0) != 1) fail_with_message();
    info_.pages = std::max<std::int64_t>(1, pages);
  }

  void find_color() {
    const Layout& layout = layout_;
    const std::uint16_t format = tag(TIFFTAG_SAMPLEFORMAT);
    // VOID says nothing of the type (TIFF 6.0, section 19): taken as the default.
    source_.check(format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID,
                  "a TIFF of {} samples; expected unsigned integers",
                  format == SAMPLEFORMAT_IEEEFP ? "floating-point" : "signed or complex");
    const bool packed = layout.bits == 1 || layout.bits == 2 || layout.bits == 4;
    source_.check(layout.bits == 8 || layout.bits == 16 || (packed && layout.samples == 1),
                  "a TIFF of {} bits and {} samples a pixel; expected 8 or 16 bits, or 1, 2 or 4 "
                  "with one sample",
                  layout.bits, layout.samples);
    source_.check(!layout.premultiplied || layout.bits == 8,
                  "a TIFF of {} bits whose colours are multiplied by alpha: save it without alpha",
                  layout.bits);
    const int samples = layout.samples;
    switch (layout.photometric) {
      case PHOTOMETRIC_MINISBLACK:
      case PHOTOMETRIC_MINISWHITE:
        return set_color(samples, 1, ColorModel::grey, ColorModel::grey_alpha);
      case PHOTOMETRIC_RGB:
        return set_color(samples, 3, ColorModel::rgb, ColorModel::rgb_alpha);
      case PHOTOMETRIC_PALETTE:
        source_.check(layout.bits <= 8 && samples == 1,
                      "a TIFF with a palette of {} bits and {} samples; expected at most 8 and 1",
                      layout.bits, samples);
        info_.palette = true;
        return set_color(1, 1, ColorModel::rgb, ColorModel::rgb);
      case PHOTOMETRIC_SEPARATED:
        return set_color(samples, 4, ColorModel::cmyk, ColorModel::cmyk);
      case PHOTOMETRIC_YCBCR:
        source_.check(layout.compression == COMPRESSION_JPEG && layout.bits == 8 && !layout.planar,
                      "a TIFF of YCbCr colours without JPEG compression: save it as RGB");
        // libjpeg then converts and brings subsampled colour to full size; libtiff would hand out
        // its blocks as they are stored.
        TIFFSetField(file_.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        return set_color(samples, 3, ColorModel::rgb, ColorModel::rgb);
      default:
        source_.fail(
            "a TIFF of photometric interpretation {}; expected grey, RGB, a palette, CMYK "
            "or YCbCr",
            layout.photometric);
    }
  }

  void set_color(int samples, int plain, ColorModel color, ColorModel with_alpha) {
    source_.check(samples == plain || (samples == plain + 1 && with_alpha != color),
                  "a TIFF of {} samples a pixel with {} colours: save it without extra channels",
                  samples, plain);
    info_.color = samples == plain ? color : with_alpha;
  }

  template <typename Sample>
  void read_strips(Raster<Sample>& image, int plane) {
    std::uint32_t rows = layout_.height;
    TIFFGetFieldDefaulted(file_.get(), TIFFTAG_ROWSPERSTRIP, &rows);
    rows = std::clamp<std::uint32_t>(rows, 1, layout_.height);
    const tmsize_t row_bytes = TIFFScanlineSize(file_.get());
    check_row_bytes(row_bytes, layout_.width);
    buffer_.resize(static_cast<std::size_t>(row_bytes) * rows);
    for (std::uint32_t top = 0; top < layout_.height; top += rows) {
      const std::uint32_t count = std::min(rows, layout_.height - top);
      const tmsize_t bytes = row_bytes * count;
      const auto strip = TIFFComputeStrip(file_.get(), top, static_cast<std::uint16_t>(plane));
      if (TIFFReadEncodedStrip(file_.get(), strip, buffer_.data(), bytes) != bytes) {
        fail_with_message();
      }
      for (std::uint32_t y = 0; y < count; ++y) {
        unpack(buffer_.data() + y * row_bytes, layout_.width, image.row(top + y) + plane);
      }
    }
  }

  template <typename Sample>
  void read_tiles(Raster<Sample>& image, int plane) {
    std::uint32_t tile_width = 0, tile_height = 0;
    TIFFGetField(file_.get(), TIFFTAG_TILEWIDTH, &tile_width);
    TIFFGetField(file_.get(), TIFFTAG_TILELENGTH, &tile_height);
    source_.check(tile_width > 0 && tile_height > 0 &&
                      tile_height <= kMaxTilePixels / std::int64_t{tile_width},
                  "a TIFF in tiles of {} x {} pixels; the limit is {} pixels a tile", tile_width,
                  tile_height, kMaxTilePixels);
    const tmsize_t row_bytes = TIFFTileRowSize(file_.get());
    check_row_bytes(row_bytes, tile_width);
    const tmsize_t bytes = row_bytes * tile_height;
    buffer_.resize(static_cast<std::size_t>(bytes));
    for (std::uint32_t top = 0; top < layout_.height; top += tile_height) {
      for (std::uint32_t left = 0; left < layout_.width; left += tile_width) {
        const auto tile =
            TIFFComputeTile(file_.get(), left, top, 0, static_cast<std::uint16_t>(plane));
        if (TIFFReadEncodedTile(file_.get(), tile, buffer_.data(), bytes) != bytes) {
          fail_with_message();
        }
        // Tiles at the right and bottom are stored in full size (TIFF 6.0, section 15).
        const std::uint32_t columns = std::min(tile_width, layout_.width - left);
        const std::uint32_t end = std::min(tile_height, layout_.height - top);
        for (std::uint32_t y = 0; y < end; ++y) {
          unpack(buffer_.data() + y * row_bytes, columns,
                 image.row(top + y) + left * image.channels + plane);
        }
      }
    }
  }

  void check_row_bytes(tmsize_t bytes, std::uint32_t width) const {
    const std::uint64_t samples = layout_.planar ? 1 : layout_.samples;
    // libtiff computes a row from tags that may contradict each other; `unpack` must not read
    // beyond it.
    source_.check(bytes > 0 && static_cast<std::uint64_t>(bytes) >=
                                   (std::uint64_t{width} * samples * layout_.bits + 7) / 8,
                  "the TIFF is damaged: rows of {} bytes for {} pixels", bytes, width);
  }

  /// Samples of one row; of a plane, every `layout.samples`-th of the raster.
  template <typename Sample>
  void unpack(const std::uint8_t* in, std::uint32_t width, Sample* out) const {
    const std::int64_t step = layout_.planar ? layout_.samples : 1;
    const std::int64_t count = layout_.planar ? width : std::int64_t{width} * layout_.samples;
    const unsigned bits = layout_.bits;
    for (std::int64_t i = 0; i < count; ++i) {
      if constexpr (sizeof(Sample) > 1) {  // 16 bits, in this machine's byte order
        std::uint16_t value;
        std::memcpy(&value, in + 2 * i, 2);
        out[i * step] = value;
      } else if (bits == 8) {
        out[i * step] = in[i];
      } else {
        const std::int64_t bit = i * bits;
        out[i] = static_cast<Sample>(in[bit / 8] >> (8 - bits - bit % 8) & ((1u << bits) - 1));
      }
    }
  }

  template <typename Sample>
  Raster<Sample> finished(Raster<Sample> image) const {
    if constexpr (sizeof(Sample) == 1) {
      if (info_.palette) return colored(image);
      if (layout_.premultiplied) divide_by_alpha(image);
      // 255, 85 or 17: exact, so that the lightest level is white.
      const int factor = 255 / ((1 << layout_.bits) - 1);
      if (factor > 1) {
        for (Sample& sample : image.samples) sample = static_cast<Sample>(sample * factor);
      }
    }
    if (layout_.photometric == PHOTOMETRIC_MINISWHITE) {
      const int white = sizeof(Sample) == 1 ? 255 : 65535;
      // The first sample of each pixel alone: alpha is not inverted.
      for (std::size_t i = 0; i < image.samples.size(); i += layout_.samples) {
        image.samples[i] = static_cast<Sample>(white - image.samples[i]);
      }
    }
    return image;
  }

  Image colored(const Image& indices) const {
    std::array<std::uint16_t*, 3> tables{};
    source_.check(
        TIFFGetField(file_.get(), TIFFTAG_COLORMAP, &tables[0], &tables[1], &tables[2]) == 1,
        "the TIFF is damaged: its palette is missing");
    Image image(indices.height, indices.width, 3);
    std::uint8_t* out = image.samples.data();
    for (const std::uint8_t index : indices.samples) {
      // Entries have 16 bits (TIFF 6.0, section 5); Pillow keeps the upper byte too.
      for (const std::uint16_t* table : tables)
        *out++ = static_cast<std::uint8_t>(table[index] >> 8);
    }
    return image;
  }

  void divide_by_alpha(Image& image) const {
    for (std::size_t i = 0; i + layout_.samples <= image.samples.size(); i += layout_.samples) {
      const int alpha = image.samples[i + layout_.samples - 1];
      for (std::size_t c = i; c + 1 < i + layout_.samples; ++c) {
        const int value = image.samples[c];
        image.samples[c] =
            static_cast<std::uint8_t>(alpha == 0 ? value : std::min(255 * value / alpha, 255));
      }
    }
  }

  struct Close {
    void operator()(TIFF* file) const { TIFFClose(file); }
  };

  const Source& source_;
  std::uint64_t offset_ = 0;
  std::array<char, 256> message_{};
  std::unique_ptr<TIFF, Close> file_;
  Layout layout_;
  ImageInfo info_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace

ImageInfo probe_tiff(const Source& source) {
  return TiffReader(source).info();
}

DecodedImage decode_tiff(const Source& source) {
  TiffReader reader(source);
  const ImageInfo info = reader.info();
  if (info.bits == 16) return {info, reader.read<std::int32_t>()};
  return {info, reader.read<std::uint8_t>()};
}

}  // namespace attune::image_formats
