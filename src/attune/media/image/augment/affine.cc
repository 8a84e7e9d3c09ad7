#include "attune/media/image/augment/affine.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace attune {
namespace {

/// Python's math.radians. The order of operations is the peer's here and below: one bit decides
/// which side of an edge a pixel falls on.
double radians(double degrees) {
  return degrees * (std::numbers::pi / 180);
}

/// As Pillow: so that a quarter turn has no rest of 1e-16.
double round_15(double value) {
  return std::round(value * 1e15) / 1e15;
}

/// 16.16 fixed point.
std::int64_t fixed(double value) {
  return static_cast<std::int64_t>(std::floor(value * 65536.0 + 0.5));
}

/// affine_fixed of src/libImaging/Geometry.c: start and steps are rounded once, so their errors add
/// up along a row, and have to here too.
template <typename Sample>
void transform_nearest(const Raster<Sample>& image, const AffineMatrix& m, Raster<Sample>& result) {
  const std::int64_t n = image.channels;
  std::int64_t start_x = fixed(m[2] + m[0] * 0.5 + m[1] * 0.5);
  std::int64_t start_y = fixed(m[5] + m[3] * 0.5 + m[4] * 0.5);
  const std::int64_t step_x = fixed(m[0]), step_y = fixed(m[3]);
  for (std::int64_t y = 0; y < result.height; ++y) {
    Sample* out = result.row(y);
    std::int64_t from_x = start_x, from_y = start_y;
    for (std::int64_t x = 0; x < result.width; ++x, out += n) {
      const std::int64_t column = from_x >> 16, row = from_y >> 16;
      if (column >= 0 && column < image.width && row >= 0 && row < image.height) {
        const Sample* in = image.row(row) + column * n;
        for (std::int64_t c = 0; c < n; ++c) out[c] = in[c];
      }
      from_x += step_x;
      from_y += step_y;
    }
    start_x += fixed(m[1]);
    start_y += fixed(m[4]);
  }
}

/// The four neighbours of a place, those beyond the edge replaced by the edge's.
struct Neighbours {
  std::int64_t left, right, top, bottom;
  double right_share, bottom_share;
};

Neighbours neighbours(Size size, double x, double y) {
  const double left = std::floor(x - 0.5), top = std::floor(y - 0.5);
  const auto column = static_cast<std::int64_t>(left), row = static_cast<std::int64_t>(top);
  return {std::max<std::int64_t>(column, 0),
          std::min(column + 1, size.width - 1),
          std::max<std::int64_t>(row, 0),
          std::min(row + 1, size.height - 1),
          x - 0.5 - left,
          y - 0.5 - top};
}

template <typename Sample>
void transform_bilinear(const Raster<Sample>& image, const AffineMatrix& m,
                        Raster<Sample>& result) {
  const std::int64_t n = image.channels;
  const auto width = static_cast<double>(image.width), height = static_cast<double>(image.height);
  for (std::int64_t y = 0; y < result.height; ++y) {
    Sample* out = result.row(y);
    // affine_transform and bilinear_filter of the same file, which cut 8 bits instead of rounding
    // them.
    const double yc = static_cast<double>(y) + 0.5;
    const double row_x = m[1] * yc + m[2], row_y = m[4] * yc + m[5];
    for (std::int64_t x = 0; x < result.width; ++x, out += n) {
      const double xc = static_cast<double>(x) + 0.5;
      const double from_x = m[0] * xc + row_x;
      const double from_y = m[3] * xc + row_y;
      if (!(from_x >= 0 && from_x < width && from_y >= 0 && from_y < height)) continue;
      const Neighbours at = neighbours(image.size(), from_x, from_y);
      const Sample* top = image.row(at.top);
      const Sample* bottom = image.row(at.bottom);
      for (std::int64_t c = 0; c < n; ++c) {
        const auto mix = [&](const Sample* row) {
          const Sample left = row[at.left * n + c], right = row[at.right * n + c];
          return left + (right - left) * at.right_share;
        };
        const double above = mix(top), below = mix(bottom);
        out[c] = static_cast<Sample>(above + (below - above) * at.bottom_share);
      }
    }
  }
}

}  // namespace

AffineMatrix inverse_affine(const AffineParameters& p, double center_x, double center_y) {
  const double rotation = radians(p.angle), sx = radians(p.shear_x), sy = radians(p.shear_y);
  const double a = std::cos(rotation - sy) / std::cos(sy);
  const double b = -std::cos(rotation - sy) * std::tan(sx) / std::cos(sy) - std::sin(rotation);
  const double c = std::sin(rotation - sy) / std::cos(sy);
  const double d = -std::sin(rotation - sy) * std::tan(sx) / std::cos(sy) + std::cos(rotation);
  // Rotation and shears have determinant 1, so that the inverse of [a b; c d] needs no division.
  AffineMatrix m = {d, -b, 0, -c, a, 0};
  m[2] = m[0] * (-center_x - p.translate_x) + m[1] * (-center_y - p.translate_y) + center_x;
  m[5] = m[3] * (-center_x - p.translate_x) + m[4] * (-center_y - p.translate_y) + center_y;
  return m;
}

AffineMatrix inverse_rotation(double degrees, Size picture) {
  const double angle = -radians(degrees);
  const double cosine = round_15(std::cos(angle)), sine = round_15(std::sin(angle));
  const double x = static_cast<double>(picture.width) / 2;
  const double y = static_cast<double>(picture.height) / 2;
  return {cosine, sine, cosine * -x + sine * -y + x, -sine, cosine, -sine * -x + cosine * -y + y};
}

template <typename Sample>
Raster<Sample> transform_affine(const Raster<Sample>& image, const AffineMatrix& matrix,
                                Sampling sampling) {
  Raster<Sample> result(image.height, image.width, image.channels);
  if (sampling == Sampling::nearest) {
    transform_nearest(image, matrix, result);
  } else {
    transform_bilinear(image, matrix, result);
  }
  return result;
}

template Image transform_affine(const Image&, const AffineMatrix&, Sampling);
template FloatImage transform_affine(const FloatImage&, const AffineMatrix&, Sampling);

}  // namespace attune
