#include "attune/media/boxes/box.h"

#include <gtest/gtest.h>

#include "attune/media/image/geometry.h"

namespace attune {
namespace {

TEST(Box, IsReadAsFilesWriteIt) {
  EXPECT_EQ(box_from_corner(10, 20, 30, 40), (Box{10, 20, 40, 60}));
  EXPECT_EQ(box_from_center(25, 40, 30, 40), (Box{10, 20, 40, 60}));
  EXPECT_EQ(box_from_fractions(.25, .5, .5, .25, {200, 100}), (Box{0, 75, 50, 125}));
}

TEST(Box, IsClippedToThePicture) {
  EXPECT_EQ(clipped({-5, 2, 50, 80}, {60, 40}), (Box{0, 2, 40, 60}));
  EXPECT_EQ(clipped({50, 2, 60, 8}, {60, 40}).area(), 0);
  EXPECT_EQ((Box{5, 5, 3, 9}).area(), 0);
}

TEST(Box, OverlapsByIntersectionOverUnion) {
  const Box a{0, 0, 4, 4}, b{2, 2, 6, 6};
  EXPECT_EQ(intersection(a, b), 4);
  EXPECT_DOUBLE_EQ(iou(a, b), 4.0 / 28);
  EXPECT_EQ(iou(a, {4, 0, 8, 4}), 0);
  EXPECT_EQ(iou({1, 1, 1, 1}, {1, 1, 1, 1}), 0);
}

// Judged by what is done to pixels: a box of ones in a picture of zeros.
TEST(Box, TurnsAsThePictureDoes) {
  const Size stored{5, 7};
  const Box box{1, 2, 4, 3};
  Image image(stored.height, stored.width, 1);
  for (int x = 1; x < 4; ++x) image.row(2)[x] = 1;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image turned = apply_orientation(image, orientation);
    const Box shown = apply_orientation(box, stored, orientation);
    for (std::int64_t y = 0; y < turned.height; ++y) {
      for (std::int64_t x = 0; x < turned.width; ++x) {
        const auto left = static_cast<double>(x), top = static_cast<double>(y);
        const bool inside = intersection(shown, {left, top, left + 1, top + 1}) > 0;
        EXPECT_EQ(turned.row(y)[x] != 0, inside) << "orientation " << orientation;
      }
    }
  }
}

}  // namespace
}  // namespace attune
