#include "attune/eval/metrics/boxes/box_outcomes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "attune/base/error.h"
#include "attune/eval/metrics/boxes/coco_scores.h"

namespace attune {
namespace {

constexpr std::int64_t kCat = 0, kDog = 1, kBackground = 2;

/// A cat and a dog side by side and a crowd of cats below.
JudgedPicture pets() {
  return {.truth = {{.box = {0, 0, 10, 10}, .class_id = kCat},
                    {.box = {20, 0, 30, 10}, .class_id = kDog},
                    {.box = {0, 50, 100, 100}, .class_id = kCat, .crowd = true}},
          .found = {}};
}

TEST(BoxOutcomes, SaysWhatBecameOfEachBox) {
  JudgedPicture picture = pets();
  picture.found = {{{0, 0, 10, 9}, kCat, 0.5},     // the cat, but another has found it
                   {{0, 0, 10, 10}, kCat, 0.9},    // the cat
                   {{20, 0, 30, 10}, kCat, 0.8},   // the dog, taken for a cat
                   {{5, 60, 25, 80}, kCat, 0.7},   // one of the crowd
                   {{20, 0, 30, 10}, kDog, 0.1}};  // the dog, with too low a score
  const PictureOutcome outcome = outcome_of(picture, {.score = 0.25});
  using enum FoundOutcome;
  EXPECT_EQ(outcome.found, (std::vector{wrong, hit, wrong, in_crowd, not_let_through}));
  EXPECT_EQ(outcome.truth_found, (std::vector{true, false, true}));
  EXPECT_EQ(outcome.hits, 1);
  EXPECT_EQ(outcome.wrong, 2);
  EXPECT_EQ(outcome.missed, 1);
  EXPECT_EQ(outcome.mistakes(), 3);
}

TEST(BoxOutcomes, ShowWhichClassIsTakenForWhich) {
  JudgedPicture picture = pets();
  picture.found = {{{20, 0, 30, 10}, kCat, 0.8},  // the dog, taken for a cat
                   {{5, 60, 25, 80}, kCat, 0.7},  // one of the crowd
                   {{70, 0, 80, 10}, kDog, 0.6},  // nothing is there
                   {{70, 0, 80, 10}, kDog, 0.2}};
  const std::vector pictures = {picture};
  const ConfusionMatrix matrix = box_confusion(pictures, 2, {.score = 0.25});
  EXPECT_EQ(matrix.count(kDog, kCat), 1);
  EXPECT_EQ(matrix.count(kBackground, kDog), 1);
  EXPECT_EQ(matrix.count(kCat, kBackground), 1);
  EXPECT_EQ(matrix.total(), 3);
}

TEST(BoxOutcomes, ScoresRefuseWhatIsNoBox) {
  JudgedPicture picture = pets();
  picture.found = {{{0, 0, NAN, 1}, kCat, 0.5}};
  EXPECT_THROW(coco_scores(std::vector{picture}, 2), Error);
  picture.found = {{{0, 0, 1, 1}, kCat, NAN}};
  EXPECT_THROW(coco_scores(std::vector{picture}, 2), Error);
  picture.found = {{{0, 0, 1, 1}, 2, 0.5}};
  EXPECT_THROW(coco_scores(std::vector{picture}, 2), Error);
}

}  // namespace
}  // namespace attune
