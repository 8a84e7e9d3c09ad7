#pragma once

#include <cstdint>
#include <string>

#include "attune/base/rng.h"
#include "attune/media/image/encode.h"

namespace attune {

/// A JPEG file of noise with this EXIF orientation (1 to 8); height and width as stored.
inline std::string noise_jpeg(std::int64_t height, std::int64_t width, int orientation) {
  Image image(height, width, 3);
  const Rng rng(1, "noise");
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(rng.below(i / 4, 256));
  }
  using namespace std::literals;
  // APP1 of 34 bytes: "Exif", a big-endian TIFF header, one entry: tag 0x0112, a SHORT.
  const std::string exif =
      "\xff\xe1\x00\x22"
      "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s +
      static_cast<char>(orientation) + "\0\0\0\0\0\0"s;
  return encode_jpeg(image).insert(2, exif);
}

}  // namespace attune
