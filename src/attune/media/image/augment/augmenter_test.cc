#include "attune/media/image/augment/augmenter.h"

#include <gmock/gmock.h>

#include <cmath>
#include <span>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/threads.h"
#include "attune/media/image/augment/affine.h"
#include "attune/media/image/augment/color_ops.h"
#include "attune/media/image/decode.h"
#include "attune/media/image/encode.h"
#include "attune/media/image/geometry.h"

namespace attune {
namespace {

/// A smooth picture, so that resizing from a shrunk copy stays close.
Image slope(std::int64_t height, std::int64_t width, std::int64_t channels = 3) {
  Image image(height, width, channels);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t i = 0; i < width * channels; ++i) {
      image.row(y)[i] = static_cast<std::uint8_t>(
          20 + 120 * y / height + 100 * (i / channels) / width + 7 * (i % channels));
    }
  }
  return image;
}

Image noise(std::int64_t height, std::int64_t width) {
  Image image(height, width, 3);
  const Rng rng(1, "noise");
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(rng.below(i, 256));
  }
  return image;
}

FloatImage to_float(const Image& image) {
  FloatImage result(image.height, image.width, image.channels);
  for (std::size_t i = 0; i < image.samples.size(); ++i) result.samples[i] = image.samples[i];
  return result;
}

int largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.samples.size(), b.samples.size());
  int largest = 0;
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    largest = std::max(largest, std::abs(a.samples[i] - b.samples[i]));
  }
  return largest;
}

AugmentOptions everything() {
  return {.random_resized_crop = true,
          .horizontal_flip = 0.5,
          .vertical_flip = 0.3,
          .random_rotation = 20,
          .trivial_augment = true,
          .jitter_brightness = 0.4,
          .jitter_contrast = 0.4,
          .jitter_saturation = 0.4,
          .jitter_hue = 0.1,
          .random_erasing = 0.5};
}

TEST(Augmenter, ChangesNothingWithoutOptions) {
  const Augmenter augmenter({}, {});
  const Image image = slope(9, 7);
  EXPECT_FALSE(augmenter.sets_size());
  EXPECT_EQ(augmenter.apply(image, augmenter.plan(image.size(), {1, 2, 3})), image);
}

TEST(Augmenter, RefusesContradictions) {
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] { Augmenter({.rand_augment = true, .trivial_augment = true}, {}); }),
              testing::HasSubstr("alternatives"));
}

TEST(Augmenter, GivesTheSamePicturesForAnyThreadsAndOrder) {
  const Augmenter augmenter(everything(), {.size = {32, 32}});
  constexpr std::int64_t kSamples = 24;
  const Image image = slope(60, 80);
  const auto run = [&](int threads, bool backwards) {
    std::vector<Image> results(kSamples);
    parallel_for(kSamples, 1, threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t sample = backwards ? kSamples - 1 - i : i;
        const AugmentKey key = {7, 3, static_cast<std::uint64_t>(sample)};
        results[static_cast<std::size_t>(sample)] =
            augmenter.apply(image, augmenter.plan(image.size(), key));
      }
    });
    return results;
  };
  const std::vector<Image> expected = run(1, false);
  EXPECT_EQ(run(4, false), expected);
  EXPECT_EQ(run(3, true), expected);
  EXPECT_NE(expected[0], expected[1]);
  const AugmentKey next_epoch = {7, 4, 0};
  EXPECT_NE(augmenter.apply(image, augmenter.plan(image.size(), next_epoch)), expected[0]);
}

TEST(Augmenter, TurningOneOptionOnLeavesTheDrawsOfTheOthers) {
  AugmentOptions options = everything();
  const AugmentPlan with = Augmenter(options, {.size = {32, 32}}).plan({60, 80}, {1, 2, 3});
  options.vertical_flip = 0;
  options.trivial_augment = false;
  options.random_rotation = 0;
  const AugmentPlan without = Augmenter(options, {.size = {32, 32}}).plan({60, 80}, {1, 2, 3});
  EXPECT_EQ(with.crop, without.crop);
  EXPECT_EQ(with.flip_horizontal, without.flip_horizontal);
  EXPECT_EQ(with.jitter.factors, without.jitter.factors);
  EXPECT_EQ(with.erasing, without.erasing);
  EXPECT_TRUE(without.policy.empty());
}

TEST(Augmenter, AppliesItsStepsInOrder) {
  const Augmenter augmenter({.random_resized_crop = true}, {.size = {16, 16}});
  const Image image = slope(40, 50);
  AugmentPlan plan = augmenter.plan(image.size(), {});
  plan.crop = PixelBox{3, 5, 30, 24};
  plan.flip_horizontal = true;
  plan.rotation = 10;
  plan.policy = {{PolicyOp::solarize, 0.5}};
  plan.jitter.factors[ColorJitter::contrast] = 1.5;
  Image expected = resize(crop(image, 3, 5, {30, 24}), {16, 16}, Filter::bilinear);
  expected = rotate(flip_horizontal(expected), 10, Sampling::bilinear);
  expected = adjust_contrast(solarize(expected, 127.5), 1.5);
  EXPECT_EQ(augmenter.apply(image, plan), expected);
}

TEST(Augmenter, FlipsAsOftenAsAsked) {
  const Augmenter augmenter({.horizontal_flip = 0.5, .vertical_flip = 0.1}, {});
  int horizontal = 0, vertical = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const AugmentPlan plan = augmenter.plan({8, 8}, {1, 0, i});
    horizontal += plan.flip_horizontal;
    vertical += plan.flip_vertical;
  }
  EXPECT_NEAR(horizontal, 5000, 200);
  EXPECT_NEAR(vertical, 1000, 130);
}

TEST(Augmenter, CropsAPaddedPicture) {
  const Augmenter augmenter({.random_crop_padding = 4}, {.size = {32, 32}});
  const Image image = slope(32, 32, 1);
  AugmentPlan plan = augmenter.plan(image.size(), {1, 2, 3});
  EXPECT_FALSE(augmenter.decode_options(plan, true).region.has_value());
  EXPECT_FALSE(augmenter.decode_options(plan, true).min_size.has_value());
  plan.crop = PixelBox{-4, 2, 32, 32};
  const Image result = augmenter.apply(image, plan);
  ASSERT_EQ(result.size(), (Size{32, 32}));
  EXPECT_EQ(result.row(3)[0], 0);
  EXPECT_EQ(result.row(4)[0], image.row(0)[2]);
  EXPECT_EQ(result.row(31)[29], image.row(27)[31]);
  EXPECT_EQ(result.row(31)[30], 0);
}

TEST(Augmenter, TakesAPictureThatTheDecoderShrank) {
  const Augmenter augmenter({.random_resized_crop = true}, {.size = {20, 20}});
  AugmentPlan plan = augmenter.plan({400, 600}, {});
  plan.crop = PixelBox{51, 103, 200, 250};
  EXPECT_EQ(augmenter.min_decode_size(plan), (Size{40, 48}));
  EXPECT_EQ(augmenter.decode_options(plan, true).min_size, (Size{40, 48}));
  EXPECT_FALSE(augmenter.decode_options(plan).min_size.has_value());
  const Image image = slope(400, 600);
  const Image shrunk = resize(image, {100, 150}, Filter::box);
  EXPECT_LE(largest_difference(augmenter.apply(shrunk, plan), augmenter.apply(image, plan)), 2);
  plan.crop = PixelBox{0, 0, 18, 300};  // enlarged in height: nothing to spare
  EXPECT_FALSE(augmenter.min_decode_size(plan).has_value());
}

TEST(Augmenter, DecodesOnlyWhatTheCropKeeps) {
  const Augmenter augmenter({.random_resized_crop = true, .horizontal_flip = 0.5},
                            {.size = {24, 24}});
  const std::string file = encode_jpeg(noise(203, 331));
  const auto bytes = std::as_bytes(std::span(file));
  const Image whole = convert_rgb(decode_image(bytes, "noise"));
  for (std::uint64_t i = 0; i < 30; ++i) {
    const AugmentPlan plan = augmenter.plan(whole.size(), {1, 0, i});
    const DecodedImage part = decode_image(bytes, "noise", augmenter.decode_options(plan));
    ASSERT_EQ(augmenter.apply(convert_rgb(part), plan), augmenter.apply(whole, plan)) << i;
    DecodeOptions shrunk = augmenter.decode_options(plan, true);
    const Image region = convert_rgb(decode_image(bytes, "noise", shrunk));
    shrunk.region.reset();
    const Image all = convert_rgb(decode_image(bytes, "noise", shrunk));
    ASSERT_EQ(augmenter.apply(region, plan), augmenter.apply(all, plan)) << i;
  }
}

TEST(Augmenter, SeesNothingBesideTheCrop) {
  const Augmenter augmenter({.random_resized_crop = true}, {.size = {8, 8}});
  Image image(40, 40, 3);
  std::fill(image.samples.begin(), image.samples.end(), std::uint8_t{255});
  for (std::int64_t y = 8; y < 32; ++y) std::fill_n(image.row(y) + 24, 72, std::uint8_t{50});
  AugmentPlan plan = augmenter.plan(image.size(), {});
  plan.crop = PixelBox{8, 8, 24, 24};
  EXPECT_THAT(augmenter.apply(image, plan).samples, testing::Each(50));
  plan.picture = {80, 80};
  plan.crop = PixelBox{16, 16, 48, 48};
  EXPECT_THAT(augmenter.apply(image, plan).samples, testing::Each(50));
}

TEST(Augmenter, ErasesWithTheValueAsked) {
  const Augmenter augmenter({.random_erasing = 1}, {.erase_value = {10, 20.4f, 30}});
  const Image image = slope(40, 50);
  const AugmentPlan plan = augmenter.plan(image.size(), {1, 0, 1});
  ASSERT_TRUE(plan.erasing.has_value());
  const PixelBox box = *plan.erasing;
  const Image result = augmenter.apply(image, plan);
  std::int64_t changed = 0;
  for (std::int64_t i = 0; i < 40 * 50; ++i)
    changed += result.samples[3 * i] != image.samples[3 * i];
  EXPECT_LE(changed, box.height * box.width);
  EXPECT_GE(changed, box.height * box.width / 2);
  const std::uint8_t* pixel = result.row(box.top) + 3 * box.left;
  EXPECT_EQ((std::vector<int>{pixel[0], pixel[1], pixel[2]}), (std::vector<int>{10, 20, 30}));
  EXPECT_EQ(augmenter.apply(to_float(image), plan).row(box.top)[3 * box.left + 1], 20.4f);
}

TEST(Augmenter, DeepPicturesFollowTheSamePlan) {
  AugmentOptions options = everything();
  options.trivial_augment = false;
  options.jitter_hue = 0;
  options.jitter_brightness = options.jitter_contrast = options.jitter_saturation = 0.1;
  const Augmenter augmenter(options, {.size = {24, 24}});
  const Image image = slope(60, 80);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const AugmentPlan plan = augmenter.plan(image.size(), {1, 0, i});
    const Image eight = augmenter.apply(image, plan);
    const FloatImage deep = augmenter.apply(to_float(image), plan);
    ASSERT_EQ(deep.size(), eight.size());
    for (std::size_t j = 0; j < eight.samples.size(); ++j) {
      ASSERT_NEAR(deep.samples[j], eight.samples[j], 5) << i;  // each step cuts off a fraction
    }
  }
}

TEST(Augmenter, RefusesDeepPicturesWhereEightBitsAreNeeded) {
  const Augmenter augmenter({.rand_augment = true}, {});
  EXPECT_THAT(error_of(ErrorKind::user, [&] { augmenter.apply(Picture(FloatImage(4, 4, 1)), {}); }),
              testing::HasSubstr("rand_augment works on pictures of 8 bits"));
}

TEST(Augmenter, RefusesAPictureThatIsNotThePlans) {
  const Augmenter augmenter({.horizontal_flip = 1}, {});
  EXPECT_THROW(augmenter.apply(Image(4, 4, 3), augmenter.plan({8, 8}, {})), Error);
  EXPECT_THROW(augmenter.plan({0, 8}, {}), Error);
}

}  // namespace
}  // namespace attune
