#include <gtest/gtest.h>

#include <span>
#include <string>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/encode.h"
#include "attune/media/image/geometry.h"

namespace attune {
namespace {

/// A JPEG file of noise, 83 rows of 121 pixels, with this EXIF orientation.
std::string noise_file(int orientation) {
  Image image(83, 121, 3);
  const Rng rng(1, "noise");
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(rng.below(i / 4, 256));
  }
  std::string file = encode_jpeg(image);
  using namespace std::literals;
  // APP1 of 34 bytes: "Exif", a big-endian TIFF header, one entry: tag 0x0112, a SHORT.
  const std::string exif =
      "\xff\xe1\x00\x22"
      "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s +
      static_cast<char>(orientation) + "\0\0\0\0\0\0"s;
  return file.insert(2, exif);
}

Image decode(const std::string& file, const DecodeOptions& options) {
  return convert_rgb(decode_image(std::as_bytes(std::span(file)), "noise.jpg", options));
}

TEST(JpegRegion, PixelsEqualThoseOfAWholeDecode) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string file = noise_file(orientation);
    const Size full = orientation >= 5 ? Size{121, 83} : Size{83, 121};
    for (const std::int64_t shrink : {1, 2, 4}) {
      DecodeOptions options;
      options.min_size = Size{full.height / shrink, full.width / shrink};
      const Image whole = decode(file, options);
      ASSERT_LE(whole.height, full.height / shrink + 1);
      for (const PixelBox box : {PixelBox{0, 0, 1, 1}, PixelBox{5, 40, 20, 31},
                                 PixelBox{full.height - 17, full.width - 9, 17, 9},
                                 PixelBox{0, 0, full.height, full.width}}) {
        SCOPED_TRACE(testing::Message() << orientation << " " << shrink << " " << box.top);
        options.region = box;
        const Image part = decode(file, options);
        ASSERT_EQ(part.size(), whole.size());
        const PixelBox at = scaled_box(box, full, whole.size());
        const Size size = {at.height, at.width};
        EXPECT_EQ(crop(part, at.top, at.left, size), crop(whole, at.top, at.left, size));
      }
    }
  }
}

TEST(JpegRegion, IsRefusedOutsideThePicture) {
  const std::string file = noise_file(6);  // 121 rows of 83 pixels as shown
  DecodeOptions options;
  options.region = PixelBox{100, 0, 21, 83};
  EXPECT_NO_THROW(decode(file, options));
  for (const PixelBox box : {PixelBox{100, 0, 22, 83}, PixelBox{0, 1, 1, 83}, PixelBox{-1, 0, 5, 5},
                             PixelBox{0, 0, 0, 5}}) {
    options.region = box;
    EXPECT_THROW(decode(file, options), Error);
  }
}

TEST(ScaledBox, HoldsEveryPixelThatTheBoxTouches) {
  EXPECT_EQ(scaled_box({10, 20, 30, 40}, {100, 100}, {50, 25}), (PixelBox{5, 5, 15, 10}));
  EXPECT_EQ(scaled_box({11, 21, 30, 40}, {100, 100}, {50, 25}), (PixelBox{5, 5, 16, 11}));
  EXPECT_EQ(scaled_box({0, 0, 7, 7}, {7, 7}, {1, 4}), (PixelBox{0, 0, 1, 4}));
}

}  // namespace
}  // namespace attune
