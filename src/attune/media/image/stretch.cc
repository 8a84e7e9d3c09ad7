#include "attune/media/image/stretch.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "attune/base/error.h"

namespace attune {
namespace {

// The two samples of a line that make one of the resized line.
struct Neighbours {
  std::int64_t first = 0, second = 0;
  float weight = 0;  ///< of the second
};

void check_sizes(bool empty, Size size) {
  check(!empty, ErrorKind::data, "an empty picture cannot be resized");
  check(size.height >= 1 && size.width >= 1, ErrorKind::internal,
        "resize to {} x {}: expected at least 1 x 1", size.width, size.height);
}

// In single precision where OpenCV has it so. `clamp_weight`: along rows OpenCV lays the weight on
// the border sample, along columns both neighbours are the border row and their weights stay, which
// rounds otherwise.
std::vector<Neighbours> opencv_neighbours(std::int64_t from, std::int64_t to, bool clamp_weight) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Neighbours> result(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const auto at = static_cast<float>((static_cast<double>(i) + 0.5) * scale - 0.5);
    const auto below = static_cast<std::int64_t>(std::floor(at));
    float weight = at - static_cast<float>(below);
    if (clamp_weight && (below < 0 || below >= from - 1)) weight = 0;
    result[static_cast<std::size_t>(i)] = {std::clamp<std::int64_t>(below, 0, from - 1),
                                           std::clamp<std::int64_t>(below + 1, 0, from - 1),
                                           weight};
  }
  return result;
}

constexpr float kWeightScale = 1 << 11;  // INTER_RESIZE_COEF_SCALE

std::int32_t fixed(float weight) {
  return static_cast<std::int32_t>(std::lrint(weight * kWeightScale));
}

// A row of `image` resized, still with 11 bits behind the point.
void stretch_row(const Image& image, std::int64_t y, const std::vector<Neighbours>& columns,
                 std::vector<std::int32_t>& out) {
  const std::int64_t channels = image.channels;
  const std::uint8_t* row = image.row(y);
  std::int32_t* target = out.data();
  for (const Neighbours& n : columns) {
    const std::int32_t second = fixed(n.weight), first = fixed(1.0F - n.weight);
    for (std::int64_t c = 0; c < channels; ++c) {
      *target++ = row[n.first * channels + c] * first + row[n.second * channels + c] * second;
    }
  }
}

// resizeAreaFast_, which INTER_LINEAR becomes where both sides are halved.
Image halved(const Image& image) {
  Image result(image.height / 2, image.width / 2, image.channels);
  const std::int64_t channels = image.channels;
  for (std::int64_t y = 0; y < result.height; ++y) {
    const std::uint8_t *upper = image.row(2 * y), *lower = image.row(2 * y + 1);
    std::uint8_t* out = result.row(y);
    for (std::int64_t x = 0; x < result.width; ++x) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const std::int64_t left = 2 * x * channels + c, right = left + channels;
        *out++ = static_cast<std::uint8_t>(
            (upper[left] + upper[right] + lower[left] + lower[right] + 2) >> 2);
      }
    }
  }
  return result;
}

template <typename Sample>
FloatImage interpolate(const Raster<Sample>& image, Size size,
                       const std::vector<Neighbours>& columns,
                       const std::vector<Neighbours>& rows) {
  FloatImage result(size.height, size.width, image.channels);
  const std::int64_t channels = image.channels;
  const auto line = static_cast<std::size_t>(size.width * channels);
  std::vector<float> upper(line), lower(line);
  const auto along = [&](std::int64_t y, std::vector<float>& out) {
    const Sample* row = image.row(y);
    float* target = out.data();
    for (const Neighbours& n : columns) {
      for (std::int64_t c = 0; c < channels; ++c) {
        *target++ = (1 - n.weight) * static_cast<float>(row[n.first * channels + c]) +
                    n.weight * static_cast<float>(row[n.second * channels + c]);
      }
    }
  };
  for (std::int64_t y = 0; y < size.height; ++y) {
    const Neighbours& n = rows[static_cast<std::size_t>(y)];
    along(n.first, upper);
    along(n.second, lower);
    float* out = result.row(y);
    for (std::size_t i = 0; i < line; ++i) out[i] = (1 - n.weight) * upper[i] + n.weight * lower[i];
  }
  return result;
}

// The corners of both pictures are the same sample; one of a single sample is the first one's.
std::vector<Neighbours> corner_neighbours(std::int64_t from, std::int64_t to) {
  const float scale = to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : 0;
  std::vector<Neighbours> result(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    const float at = static_cast<float>(i) * scale;
    const auto below = std::min(static_cast<std::int64_t>(at), from - 1);
    // Rounding may carry the last one a hair beyond the end.
    const bool is_last = i == to - 1 || below == from - 1;
    result[static_cast<std::size_t>(i)] = {is_last && to > 1 ? from - 1 : below,
                                           std::min(below + 1, from - 1),
                                           is_last ? 0 : at - static_cast<float>(below)};
  }
  return result;
}

template <typename Sample>
FloatImage stretch_corners_of(const Raster<Sample>& image, Size size) {
  check_sizes(image.empty(), size);
  return interpolate(image, size, corner_neighbours(image.width, size.width),
                     corner_neighbours(image.height, size.height));
}

}  // namespace

Image stretch_opencv(const Image& image, Size size) {
  check_sizes(image.empty(), size);
  if (size == image.size()) return image;
  if (image.height == 2 * size.height && image.width == 2 * size.width) return halved(image);
  const auto columns = opencv_neighbours(image.width, size.width, /*clamp_weight=*/true);
  const auto rows = opencv_neighbours(image.height, size.height, /*clamp_weight=*/false);
  Image result(size.height, size.width, image.channels);
  const auto line = static_cast<std::size_t>(size.width * image.channels);
  std::vector<std::int32_t> upper(line), lower(line);
  std::int64_t in_upper = -1, in_lower = -1;
  for (std::int64_t y = 0; y < size.height; ++y) {
    const Neighbours& n = rows[static_cast<std::size_t>(y)];
    // Going down a picture the lower row is often the next upper one.
    if (n.first == in_lower && n.first != in_upper) {
      std::swap(upper, lower);
      std::swap(in_upper, in_lower);
    }
    if (n.first != in_upper) stretch_row(image, in_upper = n.first, columns, upper);
    if (n.second != in_lower) stretch_row(image, in_lower = n.second, columns, lower);
    const std::int32_t first = fixed(1.0F - n.weight), second = fixed(n.weight);
    std::uint8_t* out = result.row(y);
    // VResizeLinear for 8 bits: products cut to 16 bits each, then two bits rounded away.
    for (std::size_t i = 0; i < line; ++i) {
      const std::int32_t sum =
          ((first * (upper[i] >> 4)) >> 16) + ((second * (lower[i] >> 4)) >> 16);
      out[i] = static_cast<std::uint8_t>((sum + 2) >> 2);
    }
  }
  return result;
}

FloatImage stretch_opencv(const FloatImage& image, Size size) {
  check_sizes(image.empty(), size);
  if (size == image.size()) return image;
  return interpolate(image, size, opencv_neighbours(image.width, size.width, true),
                     opencv_neighbours(image.height, size.height, true));
}

FloatImage stretch_corners(const Image& image, Size size) {
  return stretch_corners_of(image, size);
}

FloatImage stretch_corners(const FloatImage& image, Size size) {
  return stretch_corners_of(image, size);
}

}  // namespace attune
