#include "attune/media/image/pixel_key.h"

#include <unordered_set>
#include <utility>

#include <gtest/gtest.h>

#include "attune/base/rng.h"

namespace attune {
namespace {

Image noise(std::int64_t height, std::int64_t width, std::uint64_t seed) {
  Image image(height, width, 3);
  const Rng rng(seed, "noise");
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(rng.bits(i));
  }
  return image;
}

// Of 31 x 37 x 3 samples, which leaves a rest behind the last block.
TEST(PixelKey, ChangesWithEverySample) {
  Image image = noise(31, 37, 1);
  std::unordered_set<std::uint64_t> keys = {pixel_key(image)};
  EXPECT_EQ(pixel_key(image), pixel_key(noise(31, 37, 1)));
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    for (const int bit : {0, 7}) {
      image.samples[i] = static_cast<std::uint8_t>(image.samples[i] ^ (1 << bit));
      keys.insert(pixel_key(image));
      image.samples[i] = static_cast<std::uint8_t>(image.samples[i] ^ (1 << bit));
    }
  }
  EXPECT_EQ(keys.size(), 2 * image.samples.size() + 1);
}

TEST(PixelKey, KnowsPlacesAndShapes) {
  // Blocks of 64 bytes, and halves of words, that change their places.
  Image image = noise(64, 64, 2);
  std::unordered_set<std::uint64_t> keys = {pixel_key(image)};
  std::size_t made = 1;
  for (const std::size_t step : {1U, 4U, 8U, 64U, 192U, 1024U}) {
    for (std::size_t at = 0; at + 2 * step <= 4096; at += 2 * step, ++made) {
      Image other = image;
      std::swap_ranges(other.samples.begin() + static_cast<long>(at),
                       other.samples.begin() + static_cast<long>(at + step),
                       other.samples.begin() + static_cast<long>(at + step));
      if (other == image) --made;
      keys.insert(pixel_key(other));
    }
  }
  EXPECT_EQ(keys.size(), made);
  // Empty ones of every shape differ by their shapes alone.
  keys.clear();
  for (const std::int64_t height : {1, 2, 4, 8, 16, 32})
    keys.insert(pixel_key(Image(height, 32 / height, 3)));
  keys.insert(pixel_key(Image(3, 32, 1)));
  keys.insert(pixel_key(FloatImage(1, 8, 3)));
  EXPECT_EQ(keys.size(), 8U);
  EXPECT_EQ(keys.count(0), 0U);
}

}  // namespace
}  // namespace attune
