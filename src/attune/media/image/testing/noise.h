#pragma once

#include "attune/media/image/image.h"

namespace attune {

/// For tests: the picture that `noise` of tests/parity/image and tests/parity/augment makes.
inline Image noise(std::int64_t height, std::int64_t width, std::int64_t channels,
                   std::uint32_t state) {
  Image image(height, width, channels);
  for (std::uint8_t& sample : image.samples) {
    state = (state * 1103515245U + 12345U) & 0x7fffffffU;
    sample = static_cast<std::uint8_t>(state >> 16);
  }
  return image;
}

}  // namespace attune
