#include "attune/data/boxes/formats/labelme.h"

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/boxes/reading/settle_boxes.h"
#include "attune/data/boxes/testing/label_files.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string file_of(const std::string& shapes, const std::string& picture = "a.png") {
  return fmt::format(
      R"({{"version": "5.0", "flags": {{}}, "shapes": [{}], "imagePath": "{}", "imageData": null,
         "imageHeight": 30, "imageWidth": 40}})",
      shapes, picture);
}

std::string shape(const std::string& type, const std::string& points,
                  const std::string& more = "\"group_id\": null") {
  return fmt::format(R"({{"label": "cat", "points": {}, "shape_type": "{}", {}}})", points, type,
                     more);
}

TEST(LabelMe, ShapesGiveTheBoxesRoundThem) {
  const LabelMeAnnotation read =
      parse_labelme(file_of(shape("rectangle", "[[30, 20], [10.5, 5]]") + "," +
                            shape("polygon", "[[1, 9], [5, 2], [7, 4]]") + "," +
                            shape("circle", "[[10, 10], [13, 14]]") + "," +
                            shape("polygon", "[[0, 0], [1, 0], [1, 1]]", "\"group_id\": 4") + "," +
                            shape("polygon", "[[8, 8], [9, 8], [9, 9]]", "\"group_id\": 4")),
                    "a.json");
  ASSERT_THAT(read.shapes, SizeIs(4));
  EXPECT_EQ(read.shapes[0].box, (Box{10.5, 5, 30, 20}));
  EXPECT_EQ(read.shapes[1].box, (Box{1, 2, 7, 9}));
  EXPECT_EQ(read.shapes[2].box, (Box{5, 5, 15, 15}));
  EXPECT_EQ(read.shapes[3].box, (Box{0, 0, 9, 9}));
  EXPECT_EQ(read.size, (Size{30, 40}));
  EXPECT_EQ(read.image_path, "a.png");
}

TEST(LabelMe, ShapesWithoutABoxAreTold) {
  const auto problem = [](const std::string& one) {
    return parse_labelme(file_of(one), "a.json").shapes.at(0).problem;
  };
  EXPECT_THAT(problem(shape("point", "[[1, 2]]")), HasSubstr("a point has no box"));
  EXPECT_THAT(problem(shape("line", "[[1, 2], [3, 4]]")), HasSubstr("a line has no box"));
  EXPECT_THAT(problem(shape("polygon", "[[1, 2], [3, 4]]")), HasSubstr("a polygon of 2 points"));
  EXPECT_THAT(problem(shape("rectangle", "[[1, 2, 3]]")), HasSubstr("no list of pairs"));
  EXPECT_THAT(problem("7"), HasSubstr("no object"));
  EXPECT_THAT(problem("{\"points\": [[1, 2], [3, 4]]}"), HasSubstr("no label"));
  const auto refused = [](const std::string& text) {
    return error_of(ErrorKind::data, [&] { parse_labelme(text, "a.json"); });
  };
  EXPECT_THAT(refused("{"), HasSubstr("no valid JSON"));
  EXPECT_THAT(refused("[]"), HasSubstr("no list \"shapes\""));
  EXPECT_THAT(refused(std::string(100'000, '[')), HasSubstr("no valid JSON"));
}

TEST(LabelMe, AFolderIsRead) {
  TemporaryFolder folder;
  write_picture(folder.path() / "a.png", 30, 40);
  write_picture(folder.path() / "images" / "other.png", 30, 40, 2);
  write_picture(folder.path() / "free.png", 30, 40, 3);
  write_label_file(folder.path() / "a.json", file_of(shape("rectangle", "[[1, 2], [3, 4]]")));
  write_label_file(folder.path() / "json" / "b.json", file_of("", "..\\\\images\\\\other.png"));
  const BoxDataset data = settle_boxes(read_labelme(folder.path(), {}), "labelme", {});
  ASSERT_EQ(data.size(), 2);
  EXPECT_THAT(data.examples[0].boxes, SizeIs(1));
  EXPECT_THAT(data.place_name(0, 1), HasSubstr("a.json, shape 1 ("));
  EXPECT_THAT(data.examples[1].path, EndsWith("images/other.png"));
  EXPECT_THAT(data.unlabelled, ElementsAre(EndsWith("free.png")));
  write_label_file(folder.path() / "a.json", file_of(shape("point", "[[1, 2]]")));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] { settle_boxes(read_labelme(folder.path(), {}), "labelme", {}); }),
              HasSubstr("a.json: shape 1: a point has no box"));
}

}  // namespace
}  // namespace attune
