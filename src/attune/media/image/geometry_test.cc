#include "attune/media/image/geometry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "attune/base/error.h"
#include "attune/media/image/resize.h"

namespace attune {
namespace {

/// Samples 1, 2, 3, ...
Image counting(std::int64_t height, std::int64_t width, std::int64_t channels = 1) {
  Image image(height, width, channels);
  std::iota(image.samples.begin(), image.samples.end(), std::uint8_t{1});
  return image;
}

using Samples = std::vector<std::uint8_t>;

TEST(Geometry, CropsAndFillsWhatLiesOutside) {
  const Image image = counting(3, 4);
  EXPECT_EQ(crop(image, 1, 1, {2, 2}).samples, (Samples{6, 7, 10, 11}));
  EXPECT_EQ(crop(image, -1, 2, {3, 3}).samples, (Samples{0, 0, 0, 3, 4, 0, 7, 8, 0}));
  EXPECT_EQ(crop(image, 5, 5, {1, 2}).samples, (Samples{0, 0}));
  EXPECT_EQ(crop(counting(2, 2, 3), 1, 1, {1, 1}).samples, (Samples{10, 11, 12}));
  EXPECT_THROW(crop(image, 0, 0, {0, 1}), Error);
}

TEST(Geometry, CropsTheMiddleAsEachPeerRoundsIt) {
  const Image image = counting(1, 7);
  EXPECT_EQ(center_crop(image, {1, 4}).samples, (Samples{2, 3, 4, 5}));        // 3 // 2 = 1
  EXPECT_EQ(center_crop(image, {1, 4}, true).samples, (Samples{3, 4, 5, 6}));  // round(1.5) = 2
  EXPECT_EQ(center_crop(image, {1, 2}, true).samples, (Samples{3, 4}));        // round(2.5) = 2
  // Too small a side: the odd pixel is before the picture for one, behind it for the other.
  EXPECT_EQ(center_crop(counting(1, 2), {1, 5}).samples, (Samples{0, 0, 1, 2, 0}));
  EXPECT_EQ(center_crop(counting(1, 2), {1, 5}, true).samples, (Samples{0, 1, 2, 0, 0}));
}

TEST(Geometry, FlipsAndTurns) {
  const Image image = counting(2, 3);
  EXPECT_EQ(flip_horizontal(image).samples, (Samples{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(flip_vertical(image).samples, (Samples{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(apply_orientation(image, 6).samples, (Samples{4, 1, 5, 2, 6, 3}));
  EXPECT_EQ(apply_orientation(image, 8).samples, (Samples{3, 6, 2, 5, 1, 4}));
  EXPECT_EQ(apply_orientation(image, 1), image);
  for (int orientation = 2; orientation <= 8; ++orientation) {
    const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
    EXPECT_EQ(apply_orientation(apply_orientation(image, orientation), inverse), image);
  }
  const Image large = counting(70, 45, 3);
  EXPECT_EQ(apply_orientation(apply_orientation(large, 5), 5), large);
}

TEST(Geometry, PadsAtBothPlaces) {
  const Image image = counting(1, 2);
  EXPECT_EQ(pad(image, {2, 5}, PadPlace::top_left, std::uint8_t{9}).samples,
            (Samples{1, 2, 9, 9, 9, 9, 9, 9, 9, 9}));
  EXPECT_EQ(pad(image, {3, 5}, PadPlace::center, std::uint8_t{9}).samples,
            (Samples{9, 9, 9, 9, 9, 9, 1, 2, 9, 9, 9, 9, 9, 9, 9}));
  EXPECT_THROW(pad(image, {1, 1}, PadPlace::center, std::uint8_t{0}), Error);
  EXPECT_EQ(letterbox_size({100, 50}, {40, 40}), (Size{40, 20}));
  EXPECT_EQ(letterbox_size({1, 5000}, {40, 40}), (Size{1, 40}));
}

TEST(Resize, RefusesBoxesOutsideAndKeepsWhatFits) {
  const Image image = counting(4, 4);
  EXPECT_EQ(resize(image, {4, 4}, Filter::bicubic), image);
  EXPECT_THROW(resize(image, {2, 2}, Filter::box, Box{0, 0, 5, 4}), Error);
  EXPECT_THROW(resize(image, {0, 2}, Filter::box), Error);
  EXPECT_THROW(resize(Image(), {2, 2}, Filter::box), Error);
  EXPECT_EQ(resize(image, {1, 1}, Filter::box, Box{0, 0, 2, 1}).samples, (Samples{2}));
}

/// Widths and heights around the sizes of the vectorised blocks give what single pixels give.
TEST(Resize, ConstantPicturesStayConstant) {
  for (const std::int64_t width : {1, 15, 16, 17, 47, 48, 49, 65}) {
    for (const std::int64_t channels : {1, 3}) {
      Image image(width + 3, width, channels);
      std::fill(image.samples.begin(), image.samples.end(), std::uint8_t{201});
      for (const Filter filter : {Filter::bilinear, Filter::bicubic, Filter::lanczos}) {
        const Image resized = resize(image, {23, 18}, filter);
        EXPECT_EQ(resized.samples, Samples(static_cast<std::size_t>(23 * 18 * channels), 201));
      }
    }
  }
}

}  // namespace
}  // namespace attune
