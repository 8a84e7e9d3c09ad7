#pragma once

#include "attune/media/image/image.h"

namespace attune {

// Bilinear resizes without antialiasing, as detectors were trained with: pixels between those that
// are read do not count, where Pillow's filters (resize.h) take all. Targets are at least 1 x 1
// (`internal`); an empty picture is refused (`data`).

/// OpenCV's `INTER_LINEAR` (modules/imgproc/src/resize.cpp), its pixels exactly: sample centres on
/// half pixels, weights of 11 bits, sums cut to 16 bits between the passes; halving both sides is
/// the mean of four.
Image stretch_opencv(const Image& image, Size size);
/// The same in single precision.
FloatImage stretch_opencv(const FloatImage& image, Size size);

/// darknet's (src/image.c, `resize_image`): the corner samples of both pictures coincide. Nothing
/// is rounded to 8 bits.
FloatImage stretch_corners(const Image& image, Size size);
FloatImage stretch_corners(const FloatImage& image, Size size);

}  // namespace attune
