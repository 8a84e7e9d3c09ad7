#pragma once

#include <array>

#include "attune/media/image/image.h"

namespace attune {

/// Where a pixel of the result comes from: x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y +
/// m[5], in pixel edges (the middle of the first pixel is 0.5, 0.5). Pillow's
/// Image.transform(AFFINE).
using AffineMatrix = std::array<double, 6>;

/// torchvision's affine: rotated by `angle` degrees clockwise, then sheared, about (center_x,
/// center_y), then shifted (functional._get_inverse_affine_matrix at scale 1).
struct AffineParameters {
  double angle = 0, translate_x = 0, translate_y = 0;
  double shear_x = 0, shear_y = 0;  ///< degrees
};
AffineMatrix inverse_affine(const AffineParameters& parameters, double center_x, double center_y);

/// Pillow's Image.rotate: counter-clockwise by `degrees` about the middle of a picture.
AffineMatrix inverse_rotation(double degrees, Size picture);

enum class Sampling { nearest, bilinear };

/// A picture of the same size; what comes from outside is 0. Bit equal to Pillow's for 8 bits and
/// for float pictures (mode F). For `Image` and `FloatImage`, any number of channels.
template <typename Sample>
Raster<Sample> transform_affine(const Raster<Sample>& image, const AffineMatrix& matrix,
                                Sampling sampling);

template <typename Sample>
Raster<Sample> rotate(const Raster<Sample>& image, double degrees, Sampling sampling) {
  return transform_affine(image, inverse_rotation(degrees, image.size()), sampling);
}

}  // namespace attune
