#include <cmath>
#include <string>
#include <vector>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/models/detection/class_rows.h"
#include "attune/models/detection/coco_labels.h"
#include "attune/models/detection/detection_head.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> numbers(const at::Tensor& x) {
  const at::Tensor flat = x.contiguous().flatten();
  const float* values = flat.const_data_ptr<float>();
  return {values, values + flat.numel()};
}

// Two anchors, a map of one row and two columns.
DetectionHead anchored() {
  return {.formula = BoxFormula::anchor_exp,
          .classes = 2,
          .levels = {{.stride = 16, .anchors = {{10, 20}, {30, 40}}}}};
}

TEST(DetectionHead, OrdersPlacesByRowCellAndAnchor) {
  const DetectionHead head = anchored();
  const std::vector<at::Tensor> outputs = {at::zeros({1, 14, 1, 2})};
  const Predictions found = decode(head, outputs);
  EXPECT_THAT(numbers(found.places.column), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(numbers(found.places.anchor_height), ElementsAre(20, 40, 20, 40));
  EXPECT_THAT(numbers(found.boxes[0][1]), ElementsAre(8 - 15, 8 - 20, 8 + 15, 8 + 20));
  EXPECT_THAT(numbers(found.boxes[0][2]), ElementsAre(24 - 5, 8 - 10, 24 + 5, 8 + 10));
  EXPECT_THROW(decode(head, std::vector<at::Tensor>{at::zeros({1, 13, 1, 2})}), Error);
}

// Channels of a place: the box, the objectness, the classes.
TEST(DetectionHead, TakesValuesOfAPlace) {
  const at::Tensor raw = at::arange(28, at::kFloat).view({1, 14, 1, 2});
  const Predictions found = decode(anchored(), std::vector<at::Tensor>{raw});
  EXPECT_THAT(numbers(found.numbers[0][1]), ElementsAre(14, 16, 18, 20));  // anchor 1, column 0
  EXPECT_THAT(numbers(found.objectness[0]), ElementsAre(8, 22, 9, 23));
  EXPECT_THAT(numbers(found.classes[0][2]), ElementsAre(11, 13));
}

TEST(DetectionHead, ReadsDistances) {
  const DetectionHead head{.formula = BoxFormula::distances,
                           .classes = 1,
                           .has_objectness = false,
                           .bins = 4,
                           .levels = {{.stride = 8}}};
  at::Tensor raw = at::zeros({1, 17, 1, 1});
  raw.select(1, 7).fill_(50);  // of top: the last bin, 3
  const Predictions found = decode(head, std::vector<at::Tensor>{raw});
  EXPECT_FALSE(found.objectness.defined());
  const auto box = numbers(found.boxes);
  EXPECT_NEAR(box[0], (0.5 - 1.5) * 8, 1e-4);
  EXPECT_NEAR(box[1], (0.5 - 3) * 8, 1e-4);
  EXPECT_NEAR(box[2], (0.5 + 1.5) * 8, 1e-4);
}

TEST(DetectionHead, FindsCandidatesAboveTheThreshold) {
  const DetectionHead head{
      .formula = BoxFormula::point_exp, .classes = 2, .levels = {{.stride = 8}}};
  at::Tensor raw = at::zeros({2, 7, 1, 3});
  raw.select(1, 4).fill_(10);            // objects everywhere
  raw[0].select(0, 5)[0][1].fill_(2);    // class 0 in the middle
  raw[0].select(0, 2)[0][2].fill_(200);  // a side of infinity
  const Predictions found = decode(head, std::vector<at::Tensor>{raw});
  auto boxes = candidates(found, {.min_score = 0.6});
  ASSERT_EQ(boxes[0].size(), 1U);
  EXPECT_TRUE(boxes[1].empty());
  EXPECT_EQ(boxes[0][0].class_id, 0);
  EXPECT_NEAR(boxes[0][0].score, 1 / (1 + std::exp(-2.0)), 1e-3);
  EXPECT_EQ(boxes[0][0].box, (Box{8 - 4, -4, 8 + 4, 4}));
  EXPECT_EQ(candidates(found, {.min_score = 0.3})[0].size(), 4U);
  EXPECT_EQ(candidates(found, {.min_score = 0.3, .one_class_a_place = true})[0].size(), 2U);
  boxes = candidates(found, {.min_score = 0.3, .limit = 2});
  ASSERT_EQ(boxes[0].size(), 2U);
  EXPECT_EQ(boxes[0][0].box.left, -4);  // of equal ones the first
  EXPECT_EQ(boxes[0][1].box.left, 4);
}

TEST(ClassRows, FollowNames) {
  const std::vector<std::string> known = {"cat", "dog", "cow"};
  EXPECT_TRUE(class_rows(known, known).rows.empty());
  EXPECT_TRUE(class_rows(known, {}).rows.empty());
  const ClassRows rows = class_rows(known, {"hen", "dog"});
  EXPECT_THAT(rows.rows, ElementsAre(-1, 1));
  EXPECT_THAT(rows.told, HasSubstr("of 2 classes 1 are the checkpoint's"));
  // Two places of a box's numbers and three classes each.
  EXPECT_THAT(output_rows(rows, 2, 1, 3), ElementsAre(0, -1, 2, 4, -1, 6));
  EXPECT_TRUE(output_rows({}, 2, 1, 3).empty());
  EXPECT_THAT(class_rows({"a", "a"}, {"a"}).rows, ElementsAre(-1));
}

TEST(ClassRows, TakeNamelessOnesInTheirOrder) {
  const ClassRows rows = class_rows({"LABEL_0", "LABEL_1"}, {"hen", "dog"});
  EXPECT_TRUE(rows.rows.empty());
  EXPECT_THAT(rows.told, HasSubstr("does not name its 2 classes"));
  EXPECT_THAT(class_rows({"LABEL_0", "LABEL_1"}, {"hen"}).rows, ElementsAre(-1));
}

TEST(CocoLabels, AreEighty) {
  EXPECT_EQ(coco_labels().size(), 80U);
  EXPECT_EQ(usual_labels(80)[16], "dog");
  EXPECT_EQ(usual_labels(2)[1], "LABEL_1");
}

}  // namespace
}  // namespace attune
