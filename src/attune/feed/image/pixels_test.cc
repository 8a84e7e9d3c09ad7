#include "attune/feed/image/pixels.h"

#include <algorithm>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "attune/base/testing/temporary_folder.h"
#include "attune/media/image/processor.h"
#include "attune/media/image/testing/noise_jpeg.h"

namespace attune {
namespace {

/// One JPEG file, 83 x 121 as stored, shown turned by a quarter.
class JpegPixels : public ::testing::Test {
 protected:
  JpegPixels() {
    const std::string path = folder_.path() / "turned.jpg";
    write_file_atomically(path, noise_jpeg(83, 121, 6));
    dataset_.examples.push_back({.path = path});
  }

  PixelSource source(const AugmentOptions& augment) const {
    return {dataset_, processor_, {}, augment, 7};
  }

  TemporaryFolder folder_;
  ImageDataset dataset_;
  ImageProcessor processor_{torchvision_preprocessing(72, 64), "test"};
};

/// Decoding just the crop of a turned file gives what the whole picture gives.
TEST_F(JpegPixels, ACropIsThatOfTheWholePicture) {
  const AugmentOptions augment{
      .random_resized_crop = true, .crop_scale_min = 0.3, .horizontal_flip = 0.5};
  const Augmenter augmenter(augment,
                            {.size = processor_.output_size(), .filter = processor_.filter()});
  const Picture whole = read_picture(dataset_, 0, {});
  ASSERT_EQ(size_of(whole), (Size{121, 83}));
  const PixelSource crops = source(augment);
  for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
    const Picture expected =
        augmenter.apply(whole, AugmentKey{7, static_cast<std::uint64_t>(epoch), 0});
    ASSERT_EQ(crops.view(0, epoch), std::get<Image>(expected)) << epoch;
  }
}

/// Without a random crop, augmentation changes what evaluation sees.
TEST_F(JpegPixels, AFlipIsThatOfTheShapedPicture) {
  const Image plain = PixelSource(dataset_, processor_, {}).view(0, 0);
  const Image flipped = source({.horizontal_flip = 1}).view(0, 0);
  ASSERT_EQ(flipped.size(), (Size{64, 64}));
  for (std::int64_t y = 0; y < 64; ++y) {
    for (std::int64_t x = 0; x < 64 * 3; ++x) {
      const auto at = static_cast<std::size_t>(y * 64 * 3 + x);
      const auto mirrored = static_cast<std::size_t>((y * 64 + 63 - x / 3) * 3 + x % 3);
      ASSERT_EQ(flipped.samples[at], plain.samples[mirrored]) << y << " " << x;
    }
  }
}

/// A padded crop moves the input by at most the padding, whatever the size of the file.
TEST_F(JpegPixels, APaddedCropIsCutOutOfTheShapedPicture) {
  const Image plain = PixelSource(dataset_, processor_, {}).view(0, 0);
  const PixelSource crops = source({.random_crop_padding = 4});
  for (std::int64_t epoch = 0; epoch < 5; ++epoch) {
    const Image crop = crops.view(0, epoch);
    ASSERT_EQ(crop.size(), plain.size());
    const auto pixel = [](const Image& image, std::int64_t y, std::int64_t x) {
      return std::span(image.samples).subspan(static_cast<std::size_t>((y * 64 + x) * 3), 3);
    };
    int found = 0;
    for (std::int64_t dy = -4; dy <= 4; ++dy) {
      for (std::int64_t dx = -4; dx <= 4; ++dx) {
        bool same = true;
        for (std::int64_t y = 8; y < 56 && same; ++y) {
          for (std::int64_t x = 8; x < 56 && same; ++x) {
            same = std::ranges::equal(pixel(crop, y, x), pixel(plain, y + dy, x + dx));
          }
        }
        found += same;
      }
    }
    EXPECT_EQ(found, 1) << epoch;
  }
}

}  // namespace
}  // namespace attune
