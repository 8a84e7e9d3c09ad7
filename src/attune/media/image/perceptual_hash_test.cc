#include "attune/media/image/perceptual_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <unordered_set>
#include <utility>

#include <gmock/gmock.h>

#include "attune/base/rng.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/encode.h"
#include "attune/media/image/resize.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Smooth waves, another picture for each seed.
Image waves(std::uint64_t seed, std::int64_t height = 120, std::int64_t width = 160) {
  Image image(height, width, 3);
  const Rng rng(seed, "waves");
  std::array<double, 24> draw;
  for (std::size_t i = 0; i < draw.size(); ++i) draw[i] = rng.uniform(i);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const double v = static_cast<double>(y) / static_cast<double>(height),
                   u = static_cast<double>(x) / static_cast<double>(width);
      double sum = 0;
      for (std::size_t k = 0; k < draw.size(); k += 4) {
        sum += draw[k] * std::sin(20 * (draw[k + 1] * v + draw[k + 2] * u) + 6 * draw[k + 3]);
      }
      for (int c = 0; c < 3; ++c) {
        image.row(y)[3 * x + c] = static_cast<std::uint8_t>(128 + std::clamp(40 * sum, -100., 90.));
      }
    }
  }
  return image;
}

/// Rings of whole numbers, the same on every machine.
Image rings(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Image image(height, width, channels);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width * channels; ++x) {
      image.row(y)[x] = static_cast<std::uint8_t>(x * x / (7 * channels) + y * y / 5 + x * y / 3);
    }
  }
  return image;
}

int distance(const Picture& a, const Picture& b) {
  return std::popcount(perceptual_hash(a) ^ perceptual_hash(b));
}

TEST(PerceptualHash, StaysWhereAPictureIsResizedBrighterOrCompressedAnew) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const Image image = waves(seed);
    EXPECT_LE(distance(image, resize(image, {60, 80}, Filter::bilinear)), kNearBits) << seed;
    Image brighter = image;
    for (std::uint8_t& sample : brighter.samples) sample = static_cast<std::uint8_t>(sample + 20);
    EXPECT_LE(distance(image, brighter), kNearBits) << seed;
    const std::string jpeg = encode_jpeg(image, 60);
    const DecodedImage again = decode_image(std::as_bytes(std::span(jpeg)), "x.jpg");
    EXPECT_LE(distance(image, std::get<Image>(again.samples)), kNearBits) << seed;
  }
}

// What the plain sums of doubles gave before they were vectorised.
TEST(PerceptualHash, IsTheSameBitsEverSince) {
  EXPECT_EQ(perceptual_hash(rings(32, 32, 3)), 0x6E4DCFCC1CF8D011U);
  EXPECT_EQ(perceptual_hash(rings(100, 75, 3)), 0xFFFFE8E0E0C0C081U);
  EXPECT_EQ(perceptual_hash(rings(333, 500, 3)), 0xEC0CC6BEA2232D75U);
  EXPECT_EQ(perceptual_hash(rings(333, 500, 1)), 0xDE4EAA6A166C7E01U);
  EXPECT_EQ(perceptual_hash(rings(20, 40, 3)), 0xAA9CCFDD983CF001U);
  EXPECT_EQ(perceptual_hash(rings(9000, 40, 1)), 0x798954F0F9F17105U);
}

/// Means over 32 x 32 boxes and their DCT-II, as the formulas have it.
LowFrequencies plain_frequencies(const Image& image) {
  const auto begin = [](std::int64_t i, std::int64_t length) { return (2 * i * length + 32) / 64; };
  const auto basis = [](std::int64_t u, std::int64_t x) {
    return std::cos(static_cast<double>((2 * x + 1) * u) * std::numbers::pi / 64);
  };
  LowFrequencies result = {};
  for (std::int64_t v = 0; v < 32; ++v) {
    std::array<double, 8> row = {};
    for (std::int64_t u = 0; u < 32; ++u) {
      const std::int64_t top = begin(v, image.height), bottom = begin(v + 1, image.height);
      const std::int64_t left = begin(u, image.width), right = begin(u + 1, image.width);
      std::array<double, 3> sum = {};
      for (std::int64_t y = top; y < bottom; ++y) {
        for (std::int64_t x = left; x < right; ++x) {
          for (std::size_t c = 0; c < 3; ++c)
            sum[c] += image.row(y)[3 * x + static_cast<std::int64_t>(c)];
        }
      }
      const double mean = (0.299 * sum[0] + 0.587 * sum[1] + 0.114 * sum[2]) /
                          static_cast<double>((bottom - top) * (right - left));
      for (std::int64_t f = 0; f < 8; ++f) row[static_cast<std::size_t>(f)] += mean * basis(f, u);
    }
    for (std::size_t i = 0; i < 64; ++i) {
      result[i] += row[i % 8] * basis(static_cast<std::int64_t>(i / 8), v);
    }
  }
  for (double& value : result) value = std::abs(value) < 1e-6 ? 0 : value;
  return result;
}

TEST(PerceptualHash, FrequenciesAreThoseOfThePlainFormulasToTheLastBit) {
  for (const auto& [height, width] : {std::pair{32, 32}, {33, 47}, {224, 311}, {9000, 40}}) {
    const Image image = rings(height, width, 3);
    EXPECT_EQ(low_frequencies(image), plain_frequencies(image)) << height << " x " << width;
  }
}

TEST(LikenessKey, IsThatOfSizeChannelsAndFrequencies) {
  const auto key = [](const Picture& picture) {
    return likeness_key(picture, low_frequencies(picture));
  };
  Image image = rings(100, 75, 3);
  std::unordered_set<std::uint64_t> keys = {key(image)};
  EXPECT_EQ(key(image), key(rings(100, 75, 3)));
  for (std::size_t i = 0; i < image.samples.size(); i += 977) {
    image.samples[i] = static_cast<std::uint8_t>(image.samples[i] ^ 1);
    EXPECT_TRUE(keys.insert(key(image)).second) << i;
  }
  // Black ones of every shape differ by their shapes alone.
  for (const std::int64_t height : {1, 2, 4, 8, 16, 32}) {
    EXPECT_TRUE(keys.insert(key(Image(height, 32 / height, 3))).second) << height;
  }
  EXPECT_TRUE(keys.insert(key(Image(4, 8, 1))).second);
  EXPECT_TRUE(keys.insert(key(FloatImage(4, 8, 3))).second);
}

// Whatever the sides: bins of one sample, of unequal numbers, and more rows than are added at once.
TEST(PerceptualHash, MeansAreThoseOfABoxFilter) {
  for (const auto& [height, width] :
       {std::pair{32, 32}, {33, 47}, {100, 31}, {63, 500}, {9000, 40}}) {
    const Image image = waves(11, height, width);
    FloatImage deep(height, width, 3);
    for (std::size_t i = 0; i < image.samples.size(); ++i) {
      deep.samples[i] = static_cast<float>(image.samples[i]);
    }
    EXPECT_LE(distance(image, deep), 1) << height << " x " << width;
  }
}

TEST(PerceptualHash, DiffersBetweenPictures) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    EXPECT_GT(distance(waves(seed), waves(seed + 1)), 2 * kNearBits) << seed;
  }
}

TEST(PerceptualHash, DeepAndGreyPicturesHaveTheHashOfTheirEightBits) {
  const Image image = waves(7);
  FloatImage deep(image.height, image.width, 1);
  for (std::size_t i = 0; i < deep.samples.size(); ++i) {
    deep.samples[i] = static_cast<float>(image.samples[3 * i]);
  }
  EXPECT_LE(distance(image, deep), 1);  // but for rounding to 8 bits
}

TEST(PerceptualHash, TellsWhatIsOfOneColour) {
  Image image(5, 7, 3);
  for (std::size_t i = 0; i < image.samples.size(); ++i) image.samples[i] = i % 3 == 0 ? 200 : 10;
  EXPECT_TRUE(is_constant(image));
  image.samples.back() = 11;
  EXPECT_FALSE(is_constant(image));
}

TEST(NearHashes, PairEachWithTheFirstItIsNear) {
  const std::uint64_t a = 0x0123456789ABCDEF, b = ~a;
  EXPECT_THAT(near_hashes({a, b, a ^ 0xF, a ^ 0x1F, b ^ 0x8000000000000001, a}),
              ElementsAre(Pair(0, 2), Pair(1, 4), Pair(0, 5)));
  EXPECT_THAT(near_hashes({}), IsEmpty());
}

// The bands are exact: no pair within kNearBits is missed, wherever the bits are.
TEST(NearHashes, FindWhateverBitsDiffer) {
  const Rng rng(3, "bits");
  for (std::uint64_t n = 0; n < 2000; ++n) {
    const auto hash = rng.bits(5 * n);
    std::uint64_t other = hash;
    for (std::uint64_t k = 1; k <= kNearBits; ++k) {
      other ^= std::uint64_t{1} << rng.below(5 * n + k, 64);
    }
    EXPECT_EQ(near_hashes({hash, other}).size(), 1U);
  }
}

}  // namespace
}  // namespace attune
