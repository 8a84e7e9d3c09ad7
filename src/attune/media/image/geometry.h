#pragma once

#include <cstdint>

#include "attune/media/image/image.h"

namespace attune {

// Instantiated for `Image`, `DeepImage` and `FloatImage`, any number of channels.

/// The part at (top, left); what lies outside the picture is 0. Requires a size of at least 1 x 1.
template <typename Sample>
Raster<Sample> crop(const Raster<Sample>& image, std::int64_t top, std::int64_t left, Size size);

/// The middle part as torchvision's `center_crop` and Hugging Face's: a smaller picture is padded
/// with 0. An odd remainder is rounded as each of them does: `round_half_even` takes torchvision's
/// `int(round((height - size) / 2))`, else Hugging Face's `(height - size) // 2`.
template <typename Sample>
Raster<Sample> center_crop(const Raster<Sample>& image, Size size, bool round_half_even = false);

template <typename Sample>
Raster<Sample> flip_horizontal(const Raster<Sample>& image);
template <typename Sample>
Raster<Sample> flip_vertical(const Raster<Sample>& image);

/// As the EXIF orientation 1..8 says (Pillow's ImageOps.exif_transpose).
template <typename Sample>
Raster<Sample> apply_orientation(Raster<Sample> image, int orientation);

/// The whole pixels that hold `box` of a picture of size `from` after it was resized to `to`.
PixelBox scaled_box(const PixelBox& box, Size from, Size to);

enum class PadPlace { center, top_left };

/// The picture on a canvas of `fill`, in its middle (an odd remainder goes to the right and bottom)
/// or its top left corner. Requires a canvas at least as large as the picture.
template <typename Sample>
Raster<Sample> pad(const Raster<Sample>& image, Size canvas, PadPlace place, Sample fill);

/// Largest size of the same aspect ratio that fits into `canvas`: what a letterbox resizes to.
Size letterbox_size(Size picture, Size canvas);

}  // namespace attune
