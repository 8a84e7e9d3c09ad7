#pragma once

#include <cstdint>

#include "attune/media/image/image.h"

namespace attune {

/// 64 bits of size, channels and samples: equal for equal pictures, and never 0. Of a million
/// pictures that differ two share a key with a chance of 3e-8. At the speed of memory, for pictures
/// that are compared among each other; it is no digest that withstands who wants two to be alike,
/// and no name to keep (pixel_hash in data/image/pictures/picture_reader.h is).
std::uint64_t pixel_key(const Picture& picture);

}  // namespace attune
