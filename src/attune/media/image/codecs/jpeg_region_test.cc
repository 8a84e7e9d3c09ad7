#include <gtest/gtest.h>

#include <span>
#include <string>

#include "attune/base/error.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/geometry.h"
#include "attune/media/image/testing/noise_jpeg.h"

namespace attune {
namespace {

Image decode(const std::string& file, const DecodeOptions& options) {
  return convert_rgb(decode_image(std::as_bytes(std::span(file)), "noise.jpg", options));
}

TEST(JpegRegion, PixelsEqualThoseOfAWholeDecode) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string file = noise_jpeg(83, 121, orientation);
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
  const std::string file = noise_jpeg(83, 121, 6);  // 121 rows of 83 pixels as shown
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
