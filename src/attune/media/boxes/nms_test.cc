#include "attune/media/boxes/nms.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

const ScoredBox kBest{{0, 0, 10, 10}, 0, 0.9}, kNear{{1, 0, 11, 10}, 0, 0.8},
    kOther{{0, 0, 10, 10}, 1, 0.7}, kFar{{50, 50, 60, 60}, 0, 0.2};

TEST(Nms, KeepsTheBestOfWhatOverlaps) {
  const std::vector<ScoredBox> boxes{kFar, kNear, kOther, kBest};
  EXPECT_EQ(suppress(boxes), (std::vector{kBest, kOther, kFar}));
  EXPECT_EQ(suppress(boxes, {.class_agnostic = true}), (std::vector{kBest, kFar}));
  EXPECT_EQ(suppress(boxes, {.max_boxes = 2}), (std::vector{kBest, kOther}));
  EXPECT_TRUE(suppress({}).empty());
}

// The chain: the middle one goes, so that what only it overlaps stays.
TEST(Nms, ComparesWithWhatStaysAlone) {
  const std::vector<ScoredBox> boxes{
      {{0, 0, 10, 10}, 0, 0.9}, {{4, 0, 14, 10}, 0, 0.8}, {{8, 0, 18, 10}, 0, 0.7}};
  EXPECT_EQ(suppress(boxes, {.iou_threshold = 0.3}), (std::vector{boxes[0], boxes[2]}));
}

TEST(Nms, TakesEqualScoresInTheirOrder) {
  const ScoredBox first{{0, 0, 9, 10}, 3, 0.5}, second{{0, 0, 10, 9}, 3, 0.5},
      third{{0, 0, 10, 9}, 1, 0.5};
  EXPECT_EQ(suppress(std::vector{first, second, third}), (std::vector{first, third}));
}

TEST(Nms, LowersScoresWhereItIsSoft) {
  const double overlap = iou(kBest.box, kNear.box);
  auto soft = suppress(std::vector{kBest, kNear}, {.kind = Suppression::linear});
  EXPECT_DOUBLE_EQ(soft[1].score, kNear.score * (1 - overlap));
  soft = suppress(std::vector{kBest, kNear}, {.kind = Suppression::gaussian, .sigma = 0.3});
  EXPECT_DOUBLE_EQ(soft[1].score, kNear.score * std::exp(-overlap * overlap / 0.3));
  EXPECT_EQ(suppress(std::vector{kBest, kNear}, {.kind = Suppression::linear, .min_score = 0.5}),
            std::vector{kBest});
}

TEST(Nms, RefusesScoresThatAreNone) {
  EXPECT_THROW(suppress(std::vector<ScoredBox>{{{0, 0, 1, 1}, 0, NAN}}), Error);
}

}  // namespace
}  // namespace attune
