#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

namespace attune {

struct Size {
  std::int64_t height = 0, width = 0;
  bool operator==(const Size&) const = default;
};

/// A rectangle of whole pixels.
struct PixelBox {
  std::int64_t top = 0, left = 0, height = 0, width = 0;
  bool operator==(const PixelBox&) const = default;
};

/// Samples of a picture: rows from top to bottom, pixels from left to right, channels interleaved.
/// One channel is grey, three are red, green, blue.
template <typename Sample>
struct Raster {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<Sample> samples;  ///< height * width * channels

  Raster() = default;
  Raster(std::int64_t rows, std::int64_t columns, std::int64_t depth)
      : height(rows),
        width(columns),
        channels(depth),
        samples(static_cast<std::size_t>(rows * columns * depth)) {}

  bool empty() const { return samples.empty(); }
  Size size() const { return {height, width}; }
  /// First sample of a row.
  Sample* row(std::int64_t y) { return samples.data() + y * width * channels; }
  const Sample* row(std::int64_t y) const { return samples.data() + y * width * channels; }

  bool operator==(const Raster&) const = default;
};

/// 8 bits a sample, as most files hold them.
using Image = Raster<std::uint8_t>;
/// What a file of more than 8 bits holds, exactly: 16-bit PNG and TIFF, DICOM.
using DeepImage = Raster<std::int32_t>;
/// Samples on the scale of 0 to 255 that keep what is between two 8-bit levels.
using FloatImage = Raster<float>;
/// How a picture travels behind the decoder: 8-bit files as `Image`, deeper ones as `FloatImage`.
using Picture = std::variant<Image, FloatImage>;

}  // namespace attune
