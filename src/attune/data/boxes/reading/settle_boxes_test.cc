#include "attune/data/boxes/reading/settle_boxes.h"

#include <limits>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/boxes/testing/label_files.h"
#include "attune/media/image/testing/noise_jpeg.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// One picture of 30 x 40 with these boxes of the class "x", a line each from 1.
class SettleBoxes : public ::testing::Test {
 protected:
  FoundBoxes found(const std::vector<Box>& boxes, std::optional<Size> stated = {},
                   BoxUnit unit = BoxUnit::pixels) {
    if (!fs::exists(picture_)) write_picture(picture_, 30, 40);
    FoundBoxes result{.unit = unit};
    FoundPicture picture{.stated = stated};
    picture.example.path = picture_;
    picture.example.file = result.add_file("labels.txt");
    for (const Box& box : boxes) {
      FoundBoxes::add_box(picture.example,
                          {.box = box, .class_id = result.classes.find_or_add("x")},
                          std::ssize(picture.example.boxes) + 1);
    }
    result.pictures.push_back(picture);
    return result;
  }
  std::vector<Box> settled(FoundBoxes boxes, const SettleOptions& options = {}) {
    data_ = settle_boxes(std::move(boxes), "data", options);
    std::vector<Box> result;
    for (const LabelledBox& box : data_.examples.at(0).boxes) result.push_back(box.box);
    return result;
  }

  TemporaryFolder folder_;
  std::string picture_ = (folder_.path() / "a.png").string();
  BoxDataset data_;
};

TEST_F(SettleBoxes, ClipsAndDropsWhatIsNotInThePicture) {
  const auto boxes = settled(found({{-5, 2, 50, 28},   // clipped
                                    {3, 3, 40.5, 30},  // rounded by a tool
                                    {10, 10, 10, 20},
                                    {20, 20, 10, 30},
                                    {60, 2, 70, 8}}));
  EXPECT_THAT(boxes, ElementsAre(Box{0, 2, 40, 28}, Box{3, 3, 40, 30}));
  EXPECT_THAT(data_.examples[0].places, ElementsAre(1, 2));
  const auto& faults = data_.examples[0].faults;
  ASSERT_THAT(faults, SizeIs(4));
  EXPECT_EQ(faults[0].fault, BoxFault::clipped);
  EXPECT_EQ(faults[0].box, (Box{-5, 2, 50, 28}));
  EXPECT_EQ(faults[1].fault, BoxFault::empty);
  EXPECT_EQ(faults[2].fault, BoxFault::empty);
  EXPECT_EQ(faults[2].place, 4);
  EXPECT_EQ(faults[3].fault, BoxFault::outside);
  EXPECT_EQ(data_.examples[0].size, (Size{30, 40}));
}

TEST_F(SettleBoxes, FractionsCountInThePictureAndNothingIsGuessed) {
  EXPECT_THAT(settled(found({{0.25, 0.5, 0.75, 1}}, {}, BoxUnit::fractions)),
              ElementsAre(Box{10, 15, 30, 30}));
  EXPECT_THAT(settled(found({{0.25, 0.5, 0.75, 1}}), {.unit = BoxUnit::fractions}),
              ElementsAre(Box{10, 15, 30, 30}));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         settled(found({{0.25, 0.5, 0.75, 1}}));
                       }),
              AllOf(HasSubstr("between -1 and 1"), HasSubstr("--box-unit fractions")));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         settled(found({{10, 15, 30, 30}}, {}, BoxUnit::fractions));
                       }),
              AllOf(HasSubstr("labels.txt:1: the box 10 15 30 30 is no fraction"),
                    HasSubstr("--box-unit pixels")));
  EXPECT_THAT(settled(found({{0, 0, 0, 0}, {0, 0, 0, 0}})), IsEmpty());
}

TEST_F(SettleBoxes, NumbersMustBeFinite) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(error_of(ErrorKind::data,
                         [&] {
                           settled(found({{2, 2, 4, 4}, {1, bad, 3, 4}}));
                         }),
                HasSubstr("labels.txt:2: the box"));
  }
}

TEST_F(SettleBoxes, AnotherStatedSizeIsAnErrorOrAsTheOptionSays) {
  const Size stated{60, 80};
  const std::vector<Box> box = {{20, 10, 40, 30}};
  EXPECT_THAT(error_of(ErrorKind::data, [&] { settled(found(box, stated)); }),
              AllOf(HasSubstr("labels are for a picture of 80 x 60"), HasSubstr("is of 40 x 30"),
                    HasSubstr("--other-size scale")));
  EXPECT_THAT(settled(found(box, stated), {.other_size = OtherSize::scale}),
              ElementsAre(Box{10, 5, 20, 15}));
  EXPECT_THAT(settled(found(box, stated), {.other_size = OtherSize::keep}),
              ElementsAre(Box{20, 10, 40, 30}));
  EXPECT_THAT(settled(found(box, Size{30, 40})), ElementsAre(box[0]));
}

// Labelled on the picture as stored (40 wide), which viewers show turned (30 wide).
TEST_F(SettleBoxes, BoxesTurnWithThePicture) {
  picture_ = (folder_.path() / "a.jpg").string();
  const auto shown = [&](int orientation, Size stated) {
    write_label_file(picture_, noise_jpeg(30, 40, orientation));
    return settled(found({{5, 2, 15, 10}}, stated));
  };
  EXPECT_THAT(shown(6, {30, 40}), ElementsAre(Box{20, 5, 28, 15}));
  EXPECT_TRUE(data_.examples[0].is_turned);
  EXPECT_EQ(data_.examples[0].size, (Size{40, 30}));
  EXPECT_THAT(shown(6, {40, 30}), ElementsAre(Box{5, 2, 15, 10}));
  EXPECT_FALSE(data_.examples[0].is_turned);
  EXPECT_FALSE(data_.examples[0].may_be_turned);
  // Which of the two was labelled the size does not tell: as viewers show it.
  EXPECT_THAT(shown(3, {30, 40}), ElementsAre(Box{5, 2, 15, 10}));
  EXPECT_EQ(data_.examples[0].orientation, 3);
  EXPECT_TRUE(data_.examples[0].may_be_turned);
}

TEST_F(SettleBoxes, ClassesFollowTheGivenNames) {
  FoundBoxes boxes = found({{1, 2, 3, 4}});
  const std::int64_t other = boxes.classes.find_or_add("b");
  FoundBoxes::add_box(boxes.pictures[0].example, {.box = {5, 6, 7, 8}, .class_id = other}, 2);
  EXPECT_THAT(settled(boxes), SizeIs(2));
  EXPECT_THAT(data_.label_names, ElementsAre("b", "x"));
  EXPECT_EQ(data_.examples[0].boxes[0].class_id, 1);
  EXPECT_THAT(data_.classes_in(0), ElementsAre(0, 1));
  boxes.is_ordered = true;
  settled(boxes);
  EXPECT_THAT(data_.label_names, ElementsAre("x", "b"));
  settled(boxes, {.labels = {"c", "b", "x"}});
  EXPECT_EQ(data_.examples[0].boxes[0].class_id, 2);
  EXPECT_THAT(data_.box_counts(), ElementsAre(0, 1, 1));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { settled(boxes, {.labels = {"x"}}); }),
              AllOf(HasSubstr("labels.txt:2: unknown class \"b\""), HasSubstr("known labels: x")));
  // A box of another class alone is left out, its picture stays.
  settled(boxes, {.labels = {"x"}, .on_bad_row = OnBadRow::skip});
  EXPECT_THAT(data_.box_counts(), ElementsAre(1));
  EXPECT_THAT(data_.bad_rows, SizeIs(1));
}

TEST_F(SettleBoxes, WhatIsNoPictureIsTold) {
  write_label_file(picture_, "no picture");
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         settled(found({{1, 2, 3, 4}}));
                       }),
              HasSubstr("labels.txt: "));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         settled(found({{1, 2, 3, 4}}), {.on_bad_row = OnBadRow::skip});
                       }),
              HasSubstr("data: none of its 1 pictures can be used"));
}

}  // namespace
}  // namespace attune
