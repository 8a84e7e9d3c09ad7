#pragma once

#include <string>

#include "attune/media/image/image.h"

namespace attune {

/// The bytes of a PNG file, 8 bits. Requires 1 or 3 channels.
std::string encode_png(const Image& image);

/// The bytes of a JPEG file; `quality` 1..100 as libjpeg's, colour subsampled 4:2:0.
/// Requires 1 or 3 channels.
std::string encode_jpeg(const Image& image, int quality = 90);

}  // namespace attune
