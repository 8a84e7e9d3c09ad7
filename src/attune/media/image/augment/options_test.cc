#include "attune/media/image/augment/options.h"

#include <gmock/gmock.h>

namespace attune {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(AugmentOptions, ChangeNothingByDefault) {
  const AugmentOptions options;
  EXPECT_FALSE(options.changes_pictures());
  EXPECT_FALSE(options.mixes_batches());
  EXPECT_THAT(find_problems(options), IsEmpty());
  EXPECT_THAT(find_deep_picture_problems(options), IsEmpty());
}

TEST(AugmentOptions, EachOneCounts) {
  EXPECT_TRUE(AugmentOptions{.random_crop_padding = 0}.changes_pictures());
  EXPECT_TRUE(AugmentOptions{.jitter_hue = 0.1}.changes_pictures());
  EXPECT_TRUE(AugmentOptions{.random_erasing = 0.1}.changes_pictures());
  EXPECT_FALSE(AugmentOptions{.mixup_alpha = 0.2}.changes_pictures());
  EXPECT_TRUE(AugmentOptions{.mixup_alpha = 0.2}.mixes_batches());
}

TEST(AugmentOptions, BoundsHoldForEveryField) {
  AugmentOptions options;
  std::vector<config::Field> fields;
  config::FieldCollector collector("augment", fields);
  options.visit(collector);
  const auto set = [&](const std::string& name, const Json& value) {
    for (config::Field& field : fields) {
      if (field.name == name) return field.set(value);
    }
    return std::string("no such field");
  };
  EXPECT_EQ(set("horizontal_flip", 0.5), "");
  EXPECT_EQ(options.horizontal_flip, 0.5);
  EXPECT_THAT(set("horizontal_flip", 1.5), HasSubstr("at most 1"));
  EXPECT_THAT(set("crop_scale_min", 0), HasSubstr("above 0"));
  EXPECT_THAT(set("jitter_hue", 0.6), HasSubstr("0.5"));
  EXPECT_THAT(set("rand_augment_magnitude", 31), HasSubstr("30"));
  EXPECT_THAT(set("random_crop_padding", -1), HasSubstr("0"));
}

TEST(AugmentOptions, ContradictionsAreFoundTogether) {
  EXPECT_THAT(find_problems({.random_resized_crop = true,
                             .crop_scale_min = 0.9,
                             .crop_scale_max = 0.5,
                             .random_crop_padding = 4,
                             .rand_augment = true,
                             .trivial_augment = true}),
              ElementsAre(AllOf(HasSubstr("crop_scale_min"), HasSubstr("0.9 and 0.5")),
                          HasSubstr("random_crop_padding"), HasSubstr("alternatives")));
  EXPECT_THAT(
      find_problems({.crop_ratio_max = 2, .rand_augment_magnitude = 5}),
      ElementsAre(HasSubstr("without --random-resized-crop"), HasSubstr("without --rand-augment")));
}

TEST(AugmentOptions, DeepPicturesRefuseWhatNeedsEightBits) {
  EXPECT_THAT(find_deep_picture_problems({.random_resized_crop = true,
                                          .random_rotation = 10,
                                          .trivial_augment = true,
                                          .jitter_brightness = 0.2,
                                          .jitter_hue = 0.1,
                                          .random_erasing = 1}),
              ElementsAre(HasSubstr("trivial_augment works on pictures of 8 bits"),
                          HasSubstr("jitter_hue")));
}

}  // namespace
}  // namespace attune
