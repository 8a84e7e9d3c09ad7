#pragma once

#include <cstdint>

#include "attune/media/image/image.h"

namespace attune {

// Pixel operations with explicit strength, equal to torchvision's on a PIL picture (so to Pillow's
// ImageEnhance and ImageOps). Each takes 1 or 3 channels; the picture is changed in place when it
// is moved in. On `FloatImage` the same formula without rounding, clamped to [0, 255].

/// Black at factor 0, the picture at 1.
Image adjust_brightness(Image image, double factor);
FloatImage adjust_brightness(FloatImage image, double factor);

/// The mean of the picture's luma at factor 0, the picture at 1.
Image adjust_contrast(Image image, double factor);
FloatImage adjust_contrast(FloatImage image, double factor);

/// Its own grey at factor 0, the picture at 1. A grey picture stays as it is.
Image adjust_saturation(Image image, double factor);
FloatImage adjust_saturation(FloatImage image, double factor);

/// Turns the hue by `turn` of the circle, -0.5 to 0.5, in Pillow's 8-bit HSV (the way there and
/// back loses up to a few levels, at 0 too). A grey picture stays as it is.
Image adjust_hue(Image image, double turn);

/// Blurred by Pillow's SMOOTH kernel at factor 0, the picture at 1, sharper above; the outermost
/// pixels stay as they are.
Image adjust_sharpness(const Image& image, double factor);

/// Keeps the `bits` (1 to 8) highest bits of each sample.
Image posterize(Image image, int bits);

/// Inverts the samples that are not below `threshold`.
Image solarize(Image image, double threshold);

/// Stretches each channel so that its darkest sample becomes 0 and its lightest 255.
Image autocontrast(Image image);

/// Maps each channel so that its histogram becomes as flat as possible.
Image equalize(Image image);

}  // namespace attune
