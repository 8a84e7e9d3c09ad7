#include <algorithm>

#include <gmock/gmock.h>

#include "attune/data/boxes/box_statistics.h"
#include "attune/data/check/box_findings.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

BoxExample picture(const std::string& path, const std::vector<LabelledBox>& boxes) {
  BoxExample example{.path = path, .size = {300, 400}, .file = 0};
  for (const LabelledBox& box : boxes) {
    example.boxes.push_back(box);
    example.places.push_back(std::ssize(example.places) + 1);
  }
  return example;
}

/// Thirty pictures with a box of each class.
BoxParts sound_parts() {
  BoxParts parts;
  parts.train.label_names = {"cat", "dog"};
  parts.train.files = {"t.csv"};
  for (int i = 0; i < 30; ++i) {
    parts.train.examples.push_back(picture(
        "p" + std::to_string(i) + ".jpg",
        {{.box = {10, 20, 40, 60}, .class_id = 0}, {.box = {50, 20, 300, 260}, .class_id = 1}}));
  }
  return parts;
}

const Finding* find(const DataCheck& check, const std::string& kind) {
  const auto found = std::ranges::find(check.findings, kind, &Finding::kind);
  return found == check.findings.end() ? nullptr : &*found;
}

TEST(CheckBoxes, NothingIsSaidOfSoundLabels) {
  const BoxParts parts = sound_parts();
  const DataCheck check = check_boxes(parts, {}, OnBadRow::error);
  EXPECT_TRUE(check.findings.empty()) << check.to_text(5);
}

TEST(CheckBoxes, FaultyBoxesAreListedWithTheirPlaces) {
  BoxParts parts = sound_parts();
  parts.train.examples[3].faults = {{BoxFault::clipped, {-9, 0, 10, 10}, 1, 7},
                                    {BoxFault::outside, {500, 0, 510, 10}, 0, 8},
                                    {BoxFault::empty, {5, 5, 5, 9}, 0, 9}};
  const DataCheck check = check_boxes(parts, {}, std::nullopt);
  ASSERT_NE(find(check, "boxes_that_leave_pictures"), nullptr);
  ASSERT_NE(find(check, "boxes_outside_pictures"), nullptr);
  const Finding* const empty = find(check, "boxes_without_area");
  ASSERT_NE(empty, nullptr);
  EXPECT_EQ(empty->text, "1 box has no area, and is left out");
  EXPECT_EQ(empty->examples.at(0).detail, "t.csv:9: cat 5 5 5 9");
  EXPECT_FALSE(check.stops_a_run());
}

TEST(CheckBoxes, RepeatedAndTinyBoxes) {
  BoxParts parts = sound_parts();
  parts.train.examples[0] = picture("a.jpg", {{.box = {1, 2, 30, 40}},
                                              {.box = {1, 2, 30, 40}},
                                              {.box = {1, 2, 30, 40}, .class_id = 1},
                                              {.box = {5, 5, 6, 90}}});
  const DataCheck check = check_boxes(parts, {}, std::nullopt);
  EXPECT_EQ(find(check, "duplicate_boxes")->examples.at(0).detail, "t.csv:2: cat 1 2 30 40");
  EXPECT_THAT(find(check, "boxes_of_two_classes")->examples, SizeIs(1));
  EXPECT_EQ(find(check, "tiny_boxes")->examples.at(0).detail, "t.csv:4: cat 5 5 6 90");
}

TEST(CheckBoxes, PicturesWithoutBoxesAndLabelsWithoutPictures) {
  BoxParts parts = sound_parts();
  parts.train.examples.push_back(picture("empty.jpg", {}));
  parts.train.unlabelled = {"free.jpg"};
  parts.train.orphans = {"a.txt", "b.txt"};
  parts.train.bad_rows = {{"t.csv", 9, "the class is empty"}};
  const DataCheck check = check_boxes(parts, {}, OnBadRow::error);
  EXPECT_EQ(find(check, "pictures_without_boxes")->text, "1 picture has no box: background");
  EXPECT_THAT(find(check, "pictures_without_labels")->lines, ElementsAre("free.jpg"));
  EXPECT_EQ(find(check, "labels_without_pictures")->text, "2 files of labels have no pictures");
  EXPECT_THAT(find(check, "cannot_be_used")->lines, ElementsAre("t.csv:9: the class is empty"));
  EXPECT_TRUE(check.stops_a_run());
  EXPECT_EQ(check.show({0, 30}).label, "no boxes");
  EXPECT_EQ(check.show({0, 0}).label, "1 cat, 1 dog");
}

TEST(CheckBoxes, TurnedPictures) {
  BoxParts parts = sound_parts();
  parts.train.examples[1].is_turned = true;
  parts.train.examples[1].orientation = 6;
  parts.train.examples[2].may_be_turned = true;
  parts.train.examples[2].orientation = 3;
  const DataCheck check = check_boxes(parts, {}, std::nullopt);
  EXPECT_EQ(find(check, "turned_boxes")->examples.at(0).detail, "orientation 6");
  EXPECT_EQ(find(check, "orientation_not_told")->severity, Severity::warning);
}

TEST(CheckBoxes, Classes) {
  BoxParts parts = sound_parts();
  parts.train.label_names.push_back("cow");
  parts.train.label_names.push_back("none");
  parts.train.examples[0].boxes[0].class_id = 2;
  const DataCheck check = check_boxes(parts, {}, std::nullopt);
  EXPECT_THAT(find(check, "classes_with_few_boxes")->lines, ElementsAre("cow (1)"));
  EXPECT_THAT(find(check, "classes_without_examples")->text, HasSubstr("\"none\""));
  EXPECT_NE(find(check, "classes_with_few_examples"), nullptr);
  parts.train.label_names.pop_back();
  EXPECT_EQ(find(check_boxes(parts, {}, std::nullopt), "unbalanced_classes")->text,
            "\"dog\" has 30 boxes, \"cow\" has 1");
}

TEST(CheckBoxes, LeaksOfPicturesAndGroups) {
  BoxParts parts = sound_parts();
  parts.validation = parts.train.subset(std::vector<std::int64_t>{0, 1});
  parts.validation->examples[1].boxes.pop_back();
  std::vector<ImageScan> scans(2);
  for (std::size_t p = 0; p < 2; ++p) {
    const std::size_t count = p == 0 ? 30 : 2;
    for (std::uint64_t i = 1; i <= count; ++i) {
      scans[p].sizes.push_back({300, 400});
      scans[p].looks.push_back({.pixels = i, .hash = i * 0x9E3779B97F4A7C15ULL});
    }
  }
  const DataCheck check = check_boxes(parts, scans, std::nullopt);
  EXPECT_THAT(find(check, "duplicates_between_parts")->examples, SizeIs(2));
  EXPECT_THAT(find(check, "duplicates_with_other_labels")->examples, SizeIs(1));
  parts.train.examples[5].group = parts.validation->examples[0].group = "ann";
  EXPECT_TRUE(check_boxes(parts, {}, std::nullopt).stops_a_run());
}

TEST(BoxStatistics, CountSizesAndShapes) {
  BoxParts parts = sound_parts();
  parts.train.examples.push_back(picture("empty.jpg", {}));
  parts.train.examples[0].boxes[0].crowd = true;
  parts.train.examples[1].boxes[1].area = 10;
  const DatasetStatistics statistics = box_statistics(parts, {});
  const BoxStatistics& boxes = statistics.splits.at(0).boxes.value();
  EXPECT_EQ(boxes.boxes, 60);
  EXPECT_EQ(boxes.crowds, 1);
  EXPECT_EQ(boxes.background, 1);
  EXPECT_THAT(boxes.class_counts, ElementsAre(30, 30));
  EXPECT_THAT(statistics.splits[0].class_counts, ElementsAre(30, 30));
  EXPECT_EQ(boxes.min_boxes, 0);
  EXPECT_EQ(boxes.median_boxes, 2);
  EXPECT_EQ(boxes.small, 1);  // by its mask
  EXPECT_EQ(boxes.medium, 30);
  EXPECT_EQ(boxes.large, 29);
  // 30 x 40 of 300 x 400 is a tenth; 250 x 240 is the root of a half.
  EXPECT_EQ(boxes.relative_sizes.at(2), 30);
  EXPECT_EQ(boxes.relative_sizes.at(14), 30);
  EXPECT_EQ(boxes.aspects.at(7), 30);
  EXPECT_EQ(boxes.aspects.at(8), 30);
  EXPECT_EQ(statistics.splits[0].sizes->median_width, 400);
  EXPECT_THAT(statistics.to_text(), HasSubstr("30 (30)"));
  EXPECT_EQ(statistics.to_json()["splits"][0]["boxes"]["areas"]["small"], 1);
}

}  // namespace
}  // namespace attune
