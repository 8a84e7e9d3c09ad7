#include "attune/media/image/augment/draws.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"
#include "attune/media/image/augment/mix.h"
#include "attune/media/image/augment/policy.h"

namespace attune {
namespace {

constexpr int kCount = 20000;

Draws draws_of(int sample) {
  return Draws(AugmentKey{5, 1, static_cast<std::uint64_t>(sample)}, "test");
}

TEST(Draws, DependOnSeedEpochSampleAndPurpose) {
  const auto first = [](const AugmentKey& key, std::string_view purpose) {
    return Draws(key, purpose).uniform();
  };
  const double base = first({1, 2, 3}, "crop");
  EXPECT_EQ(first({1, 2, 3}, "crop"), base);
  EXPECT_NE(first({9, 2, 3}, "crop"), base);
  EXPECT_NE(first({1, 9, 3}, "crop"), base);
  EXPECT_NE(first({1, 2, 9}, "crop"), base);
  EXPECT_NE(first({1, 2, 3}, "flip"), base);
}

TEST(Draws, CropsStayInsideThePictureAndItsBounds) {
  const AugmentOptions options = {.crop_scale_min = 0.3, .crop_scale_max = 0.6};
  for (int i = 0; i < 2000; ++i) {
    Draws draws = draws_of(i);
    const PixelBox box = draw_resized_crop(draws, {60, 80}, options);
    ASSERT_GE(box.top, 0);
    ASSERT_GE(box.left, 0);
    ASSERT_LE(box.top + box.height, 60);
    ASSERT_LE(box.left + box.width, 80);
    const double share = static_cast<double>(box.height * box.width) / (60 * 80);
    ASSERT_NEAR(share, 0.45, 0.17);
  }
}

TEST(Draws, CropsThatNeverFitAreCentred) {
  const AugmentOptions whole = {.crop_scale_min = 1};
  Draws draws = draws_of(0);
  EXPECT_EQ(draw_resized_crop(draws, {10, 100}, whole), (PixelBox{0, 43, 10, 13}));
  EXPECT_EQ(draw_resized_crop(draws, {100, 10}, whole), (PixelBox{43, 0, 13, 10}));
  EXPECT_EQ(draw_resized_crop(draws, {1, 1}, {}), (PixelBox{0, 0, 1, 1}));
}

TEST(Draws, PaddedCropsReachEveryPlaceEqually) {
  std::map<std::pair<std::int64_t, std::int64_t>, int> places;
  for (int i = 0; i < kCount; ++i) {
    Draws draws = draws_of(i);
    const PixelBox box = draw_padded_crop(draws, {32, 32}, 2, {32, 32});
    ASSERT_EQ((Size{box.height, box.width}), (Size{32, 32}));
    ++places[{box.top, box.left}];
  }
  ASSERT_EQ(places.size(), 25u);
  EXPECT_EQ(places.begin()->first, (std::pair<std::int64_t, std::int64_t>{-2, -2}));
  for (const auto& [place, count] : places) EXPECT_NEAR(count, kCount / 25, 150);
}

TEST(Draws, APictureTooSmallForThePaddedCropIsNamed) {
  Draws draws = draws_of(0);
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         draw_padded_crop(draws, {20, 28}, 4, {32, 32});
                       }),
              testing::AllOf(testing::HasSubstr("28 x 20"), testing::HasSubstr("padded by 4")));
}

TEST(Draws, TrivialAugmentDrawsOperationsBinsAndSignsEqually) {
  std::map<PolicyOp, int> operations;
  std::map<double, int> rotations;
  for (int i = 0; i < kCount; ++i) {
    Draws draws = draws_of(i);
    const PolicyStep step = draw_trivial_augment(draws, {224, 224});
    ++operations[step.op];
    if (step.op == PolicyOp::rotate) ++rotations[step.magnitude];
  }
  ASSERT_EQ(operations.size(), 14u);
  for (const auto& [op, count] : operations) EXPECT_NEAR(count, kCount / 14, 190);
  EXPECT_EQ(rotations.size(), 61u);  // 30 of either sign, and none
  EXPECT_EQ(rotations.begin()->first, -135);
  EXPECT_EQ(rotations.rbegin()->first, 135);
}

TEST(Draws, RandAugmentTakesTheBinItIsTold) {
  Draws draws = draws_of(1);
  const auto steps = draw_rand_augment(draws, 200, 9, {100, 100});
  ASSERT_EQ(steps.size(), 200u);
  for (const PolicyStep& step : steps) {
    const auto magnitude = policy_magnitude(PolicySpace::rand_augment, step.op, 9, {100, 100});
    EXPECT_EQ(std::abs(step.magnitude), magnitude.value_or(0));
  }
}

TEST(Draws, BetaHasItsMomentsForAnyAlpha) {
  for (const double alpha : {0.01, 0.1, 0.4, 1.0, 2.5, 50.0}) {
    double sum = 0, squares = 0;
    for (int i = 0; i < kCount; ++i) {
      Draws draws = draws_of(i);
      const double lambda = draw_beta(draws, alpha);
      ASSERT_GE(lambda, 0);
      ASSERT_LE(lambda, 1);
      sum += lambda;
      squares += (lambda - 0.5) * (lambda - 0.5);
    }
    const double variance = 1 / (4 * (2 * alpha + 1));
    EXPECT_NEAR(sum / kCount, 0.5, 5 * std::sqrt(variance / kCount)) << alpha;
    EXPECT_NEAR(squares / kCount, variance, 0.05 * variance) << alpha;
  }
}

TEST(Draws, BatchesGetOneOfMixupAndCutMix) {
  EXPECT_FALSE(draw_mix({}, Rng(1, "mix"), {8, 8}).has_value());
  int boxes = 0;
  for (std::uint64_t batch = 0; batch < 1000; ++batch) {
    const Rng rng(1, "mix", 0, batch);
    const BatchMix mix = draw_mix({.mixup_alpha = 0.2, .cutmix_alpha = 1}, rng, {8, 8}).value();
    if (mix.box) {
      ++boxes;
      EXPECT_DOUBLE_EQ(mix.lambda, 1 - static_cast<double>(mix.box->height * mix.box->width) / 64);
    }
    EXPECT_FALSE(draw_mix({.mixup_alpha = 0.2}, rng, {8, 8})->box.has_value());
    EXPECT_TRUE(draw_mix({.cutmix_alpha = 1}, rng, {8, 8})->box.has_value());
  }
  EXPECT_NEAR(boxes, 500, 80);
}

}  // namespace
}  // namespace attune
