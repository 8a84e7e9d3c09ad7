#include "attune/media/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "attune/base/error.h"
#include "attune/media/image/resize_kernels.h"

namespace attune {
namespace {

// Formulas, rounding and order of operations follow Pillow's src/libImaging/Resample.c, so that
// pixels come out the same.

constexpr int kPrecisionBits = resize_kernels::kPrecisionBits;

double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double filter_value(Filter filter, double x) {
  const double distance = std::abs(x);
  switch (filter) {
    case Filter::box:
      // Half open, so that a sample on the edge between two pixels counts for one of them.
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case Filter::bilinear:
      return distance < 1 ? 1 - distance : 0;
    case Filter::bicubic: {  // Keys' convolution with a = -0.5
      constexpr double a = -0.5;
      if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
      if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
      return 0;
    }
    default:  // Lanczos: a sinc within a wider one
      return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0;
  }
}

double filter_support(Filter filter) {
  switch (filter) {
    case Filter::box:
      return 0.5;
    case Filter::bilinear:
      return 1;
    case Filter::bicubic:
      return 2;
    default:
      return 3;
  }
}

/// Which samples of a line make each sample of the resized line.
struct Taps {
  struct Range {
    std::int64_t first = 0, count = 0;
  };
  std::int64_t stride = 0;      ///< weights kept for one output sample
  std::vector<Range> ranges;    ///< by output sample
  std::vector<double> weights;  ///< ranges.size() * stride

  std::int64_t begin() const { return ranges.front().first; }
  std::int64_t end() const { return ranges.back().first + ranges.back().count; }

  std::vector<std::int32_t> fixed_point() const {
    // normalize_coeffs_8bpc: the cast cuts towards 0, so half is added away from it.
    std::vector<std::int32_t> fixed(weights.size());
    std::transform(weights.begin(), weights.end(), fixed.begin(), [](double weight) {
      return static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kPrecisionBits));
    });
    return fixed;
  }
};

/// `from` and `to` are single precision in Pillow; so they are here.
Taps make_taps(std::int64_t in_size, float from, float to, std::int64_t out_size, Filter filter) {
  const double scale = static_cast<double>(to - from) / static_cast<double>(out_size);
  // Only shrinking widens the filter, which is what antialiases; enlarging interpolates.
  const double filter_scale = std::max(scale, 1.0);
  const double support = filter_support(filter) * filter_scale;
  Taps taps;
  taps.stride = static_cast<std::int64_t>(std::ceil(support)) * 2 + 1;
  taps.ranges.resize(static_cast<std::size_t>(out_size));
  taps.weights.resize(static_cast<std::size_t>(out_size * taps.stride));
  const double step = 1.0 / filter_scale;
  for (std::int64_t i = 0; i < out_size; ++i) {
    const double center = from + (static_cast<double>(i) + 0.5) * scale;
    // Rounded as precompute_coeffs does; the casts cut towards 0, but what is below 0 is clamped.
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(center - support + 0.5), 0);
    const auto last =
        std::min<std::int64_t>(static_cast<std::int64_t>(center + support + 0.5), in_size);
    double* weights = taps.weights.data() + i * taps.stride;
    double sum = 0;
    for (std::int64_t k = 0; k < last - first; ++k) {
      weights[k] = filter_value(filter, (static_cast<double>(k + first) - center + 0.5) * step);
      sum += weights[k];
    }
    // So that edges, where part of the filter lies outside, do not fade.
    for (std::int64_t k = 0; k < last - first && sum != 0; ++k) weights[k] /= sum;
    taps.ranges[static_cast<std::size_t>(i)] = {first, last - first};
  }
  return taps;
}

/// Rows [first_row, first_row + rows) of the picture, each resized.
Image resize_rows(const Image& image, std::int64_t first_row, std::int64_t rows, const Taps& taps) {
  const auto width = static_cast<std::int64_t>(taps.ranges.size());
  Image result(rows, width, image.channels);
  const std::vector<std::int32_t> weights = taps.fixed_point();
  // Sixteen rows (64 of grey) lie side by side, so that all lanes of a vector share a weight.
  const std::int64_t lanes = image.channels == 1 ? 64 : 16;
  const std::int64_t pixel = lanes * image.channels;
  const std::int64_t used = taps.end() - taps.begin();
  std::vector<std::uint8_t> in(static_cast<std::size_t>(used * pixel));
  std::vector<std::uint8_t> out(static_cast<std::size_t>(width * pixel));
  for (std::int64_t top = 0; top < rows; top += lanes) {
    const std::int64_t count = std::min(lanes, rows - top);
    const std::uint8_t* corner = image.row(first_row + top) + taps.begin() * image.channels;
    resize_kernels::to_columns(corner, image.width * image.channels, used * image.channels, count,
                               lanes, in.data());
    for (std::int64_t x = 0; x < width; ++x) {
      const Taps::Range range = taps.ranges[static_cast<std::size_t>(x)];
      resize_kernels::weighted_sum(in.data() + (range.first - taps.begin()) * pixel, pixel,
                                   range.count, weights.data() + x * taps.stride, pixel,
                                   out.data() + x * pixel);
    }
    resize_kernels::from_columns(out.data(), width * image.channels, count, lanes, result.row(top));
  }
  return result;
}

/// All columns resized; row 0 of `image` is row `first_row` of the picture that `taps` are for.
Image resize_columns(const Image& image, std::int64_t first_row, const Taps& taps) {
  const auto height = static_cast<std::int64_t>(taps.ranges.size());
  Image result(height, image.width, image.channels);
  const std::vector<std::int32_t> weights = taps.fixed_point();
  const std::int64_t row = image.width * image.channels;
  for (std::int64_t y = 0; y < height; ++y) {
    const Taps::Range range = taps.ranges[static_cast<std::size_t>(y)];
    resize_kernels::weighted_sum(image.row(range.first - first_row), row, range.count,
                                 weights.data() + y * taps.stride, row, result.row(y));
  }
  return result;
}

FloatImage resize_rows(const FloatImage& image, std::int64_t first_row, std::int64_t rows,
                       const Taps& taps) {
  const auto width = static_cast<std::int64_t>(taps.ranges.size());
  const std::int64_t channels = image.channels;
  FloatImage result(rows, width, channels);
  for (std::int64_t y = 0; y < rows; ++y) {
    float* out = result.row(y);
    for (std::int64_t x = 0; x < width; ++x) {
      const Taps::Range range = taps.ranges[static_cast<std::size_t>(x)];
      const double* weights = taps.weights.data() + x * taps.stride;
      for (std::int64_t c = 0; c < channels; ++c) {
        const float* in = image.row(first_row + y) + range.first * channels + c;
        // Double precision throughout and one rounding, as _ImagingResampleHorizontal_32bpc.
        double sum = 0;
        for (std::int64_t k = 0; k < range.count; ++k) sum += in[k * channels] * weights[k];
        *out++ = static_cast<float>(sum);
      }
    }
  }
  return result;
}

FloatImage resize_columns(const FloatImage& image, std::int64_t first_row, const Taps& taps) {
  const auto height = static_cast<std::int64_t>(taps.ranges.size());
  FloatImage result(height, image.width, image.channels);
  const std::int64_t row = image.width * image.channels;
  std::vector<double> sums(static_cast<std::size_t>(row));
  for (std::int64_t y = 0; y < height; ++y) {
    const Taps::Range range = taps.ranges[static_cast<std::size_t>(y)];
    // Row by row of the source, as they lie in memory; each sum still grows in the order of its
    // weights, and has the same bits.
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::int64_t k = 0; k < range.count; ++k) {
      const float* in = image.row(range.first - first_row + k);
      const double weight = taps.weights[static_cast<std::size_t>(y * taps.stride + k)];
      for (std::int64_t i = 0; i < row; ++i) sums[static_cast<std::size_t>(i)] += in[i] * weight;
    }
    std::transform(sums.begin(), sums.end(), result.row(y),
                   [](double sum) { return static_cast<float>(sum); });
  }
  return result;
}

/// The sample under each output sample's centre. Added up step by step as in ImagingScaleAffine: a
/// product would round otherwise.
std::vector<std::int64_t> nearest_positions(std::int64_t in_size, float from, float to,
                                            std::int64_t out_size) {
  const double step = static_cast<double>(to - from) / static_cast<double>(out_size);
  std::vector<std::int64_t> positions(static_cast<std::size_t>(out_size));
  double position = from + step * 0.5;
  for (std::int64_t& index : positions) {
    index = std::min(static_cast<std::int64_t>(position), in_size - 1);
    position += step;
  }
  return positions;
}

template <typename Sample>
Raster<Sample> resize_nearest(const Raster<Sample>& image, Size size, const Box& box) {
  const auto columns = nearest_positions(image.width, static_cast<float>(box.left),
                                         static_cast<float>(box.right), size.width);
  const auto rows = nearest_positions(image.height, static_cast<float>(box.top),
                                      static_cast<float>(box.bottom), size.height);
  Raster<Sample> result(size.height, size.width, image.channels);
  Sample* out = result.samples.data();
  for (const std::int64_t y : rows) {
    for (const std::int64_t x : columns) {
      out = std::copy_n(image.row(y) + x * image.channels, image.channels, out);
    }
  }
  return result;
}

template <typename Sample>
Raster<Sample> resize_any(const Raster<Sample>& image, Size size, Filter filter,
                          const std::optional<Box>& part) {
  check(!image.empty(), ErrorKind::data, "an empty picture cannot be resized");
  check(size.height >= 1 && size.width >= 1, ErrorKind::internal,
        "resize to {} x {}: expected at least 1 x 1", size.width, size.height);
  const Box box =
      part.value_or(Box{0, 0, static_cast<double>(image.width), static_cast<double>(image.height)});
  check(box.left >= 0 && box.top >= 0 && box.right <= static_cast<double>(image.width) &&
            box.bottom <= static_cast<double>(image.height) && box.left < box.right &&
            box.top < box.bottom,
        ErrorKind::internal, "the box [{}, {}) x [{}, {}) is not inside a picture of {} x {}",
        box.left, box.right, box.top, box.bottom, image.width, image.height);
  const bool same_width =
      size.width == image.width && box.left == 0 && box.right == static_cast<double>(size.width);
  const bool same_height =
      size.height == image.height && box.top == 0 && box.bottom == static_cast<double>(size.height);
  if (same_width && same_height) return image;
  if (filter == Filter::nearest) return resize_nearest(image, size, box);

  const auto left = static_cast<float>(box.left), right = static_cast<float>(box.right);
  const auto top = static_cast<float>(box.top), bottom = static_cast<float>(box.bottom);
  const Taps rows = make_taps(image.height, top, bottom, size.height, filter);
  if (same_width) return resize_columns(image, 0, rows);
  const Taps columns = make_taps(image.width, left, right, size.width, filter);
  if (same_height) return resize_rows(image, 0, image.height, columns);
  // The order matters for 8 bits, which are rounded between. Columns go first where that saves
  // much, as Pillow 13 has it; earlier ones always began with the rows.
  const float fewer_rows = bottom - top - static_cast<float>(size.height);
  const float fewer_columns = right - left - static_cast<float>(size.width);
  if (fewer_rows > 0 && fewer_rows > 2 * fewer_columns) {
    return resize_rows(resize_columns(image, 0, rows), 0, size.height, columns);
  }
  // Only the rows that the second pass reads (ybox_first, ybox_last of ImagingResampleInner).
  const Raster<Sample> wide = resize_rows(image, rows.begin(), rows.end() - rows.begin(), columns);
  return resize_columns(wide, rows.begin(), rows);
}

}  // namespace

Image resize(const Image& image, Size size, Filter filter, std::optional<Box> box) {
  return resize_any(image, size, filter, box);
}

FloatImage resize(const FloatImage& image, Size size, Filter filter, std::optional<Box> box) {
  return resize_any(image, size, filter, box);
}

Picture resize(const Picture& picture, Size size, Filter filter, std::optional<Box> box) {
  return std::visit([&](const auto& image) -> Picture { return resize(image, size, filter, box); },
                    picture);
}

}  // namespace attune
