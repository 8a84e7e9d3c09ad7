#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "attune/base/error.h"
#include "attune/media/image/decode.h"

// One reader a format; decode.cc picks among them by content. Each decodes the picture as stored
// (orientation is read into `info` and applied by the caller).

namespace attune::image_formats {

/// What every reader is given.
struct Source {
  std::span<const std::byte> bytes;
  const std::string& name;
  const DecodeOptions& options;

  const std::uint8_t* data() const { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }
  std::size_t size() const { return bytes.size(); }

  /// Throws `data`: "NAME: MESSAGE".
  template <typename... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    attune::fail(ErrorKind::data, "{}: {}", name, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void check(bool ok, fmt::format_string<Args...> format, Args&&... args) const {
    if (!ok) [[unlikely]]
      fail(format, std::forward<Args>(args)...);
  }
  /// Throws `data` unless the size is at least 1 x 1 and within the limits of the options.
  void check_size(std::int64_t height, std::int64_t width) const;
};

ImageInfo probe_jpeg(const Source& source);
ImageInfo probe_png(const Source& source);
ImageInfo probe_webp(const Source& source);
ImageInfo probe_tiff(const Source& source);
ImageInfo probe_bmp(const Source& source);
ImageInfo probe_gif(const Source& source);
ImageInfo probe_pnm(const Source& source);

DecodedImage decode_jpeg(const Source& source);
DecodedImage decode_png(const Source& source);
DecodedImage decode_webp(const Source& source);
DecodedImage decode_tiff(const Source& source);
DecodedImage decode_bmp(const Source& source);
DecodedImage decode_gif(const Source& source);
DecodedImage decode_pnm(const Source& source);

/// Orientation (tag 0x0112 of the first directory) in an EXIF block, which starts with a TIFF
/// header ("II*\0" or "MM\0*"), perhaps behind "Exif\0\0". 1 where there is none or it is damaged:
/// Pillow ignores a broken EXIF block too.
int exif_orientation(std::span<const std::uint8_t> block);

}  // namespace attune::image_formats
