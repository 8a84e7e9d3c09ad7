#include "attune/data/boxes/formats/coco.h"

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/boxes/formats/coco_files.h"
#include "attune/data/boxes/formats/coco_mask.h"
#include "attune/data/boxes/reading/settle_boxes.h"
#include "attune/data/boxes/testing/label_files.h"
#include "attune/data/boxes/testing/real_boxes.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kImage =
    R"("images": [{"id": 7, "file_name": "a.png", "width": 40, "height": 30}])";
constexpr const char* kCategory = R"("categories": [{"id": 1, "name": "cat"}])";

CocoLabels parse(const std::string& text) {
  return parse_coco(open_memory(text, "a.json"));
}

/// The labels of one image and category with these annotations.
CocoLabels annotated(const std::string& annotations) {
  return parse(fmt::format("{{{}, \"annotations\": [{}], {}}}", kImage, annotations, kCategory));
}

Box box_of(const std::string& fields) {
  const CocoLabels labels =
      annotated(R"({"id": 3, "image_id": 7, "category_id": 1, )" + fields + "}");
  EXPECT_THAT(labels.found.bad_rows, IsEmpty()) << labels.found.bad_rows[0].reason;
  return labels.found.pictures.at(0).example.boxes.at(0).box;
}

TEST(Coco, KeysMayComeInAnyOrderAndIdsBeAnything) {
  const CocoLabels labels = parse(R"({"annotations": [
      {"id": 12, "image_id": "b", "category_id": 90, "bbox": [1, 2, 3.5, 4], "area": 9,
       "iscrowd": 1},
      {"id": 11, "image_id": 1000000007, "category_id": 3, "bbox": [0, 0, 2, 2], "iscrowd": 0}],
     "info": {"deep": [[{"x": "]}"}]]}, "licenses": [{"id": 1}],
     "categories": [{"id": 90, "name": "z"}, {"id": 3, "name": "y"}, {"id": 17, "name": "x"}],
     "images": [{"id": "b", "file_name": "b.png"},
                {"id": 1000000007.0, "coco_url": "http://h/val2017/1.jpg"},
                {"id": 5, "file_name": "none.png"}]})");
  EXPECT_THAT(labels.found.classes.names(), ElementsAre("y", "x", "z"));
  EXPECT_THAT(labels.found.category_ids, ElementsAre(3, 17, 90));
  EXPECT_THAT(labels.file_names, ElementsAre("b.png", "val2017/1.jpg", "none.png"));
  ASSERT_THAT(labels.found.pictures, SizeIs(3));
  const LabelledBox expected{.box = {1, 2, 4.5, 6}, .class_id = 2, .crowd = true, .area = 9};
  EXPECT_THAT(labels.found.pictures[0].example.boxes, ElementsAre(expected));
  EXPECT_THAT(labels.found.pictures[0].example.places, ElementsAre(12));
  EXPECT_EQ(labels.found.pictures[1].example.boxes[0].class_id, 0);
  EXPECT_EQ(labels.found.pictures[1].example.boxes[0].area, -1);
  EXPECT_THAT(labels.found.pictures[2].example.boxes, IsEmpty());
  EXPECT_THAT(labels.found.bad_rows, IsEmpty());
}

TEST(Coco, WithoutABoxTheMaskGivesIt) {
  EXPECT_EQ(box_of(R"("bbox": [10, 20, 5, 6], "segmentation": [[0, 0, 1, 1, 2, 2]])"),
            (Box{10, 20, 15, 26}));
  EXPECT_EQ(box_of(R"("segmentation": [[3, 9, 5, 4, 4, 6], [8, 5, 7, 5, 7, 6]])"),
            (Box{3, 4, 8, 9}));
  EXPECT_EQ(box_of(R"("bbox": [], "segmentation": {"size": [4, 3], "counts": [5, 2, 5]})"),
            (Box{1, 1, 2, 3}));
  EXPECT_EQ(box_of(R"("segmentation": {"size": [7, 5], "counts": "0130O00000O01050J10O10"})"),
            (Box{0, 0, 5, 7}));
}

// Masks of random pixels, encoded and boxed by pycocotools 2.0.11.
TEST(Coco, MasksHaveTheBoxesOfPycocotools) {
  const auto box = [](const char* text, Size size) {
    return box_of_run_lengths(decompress_run_lengths(text).value(), size).value();
  };
  EXPECT_EQ(box("]11k20_30[J0O020?0YO0e10E0[N0a00]O070Q20B0[O0h00k00WN0l40SK", {40, 30}),
            (Box{1, 2, 30, 35}));
  EXPECT_EQ(box("`0", {4, 4}), (Box{}));
  EXPECT_EQ(box_of_run_lengths(std::vector<std::int64_t>{2, 1, 5}, {4, 4}), std::nullopt);
  EXPECT_EQ(box_of_run_lengths(std::vector<std::int64_t>{2, -1, 15}, {4, 4}), std::nullopt);
  EXPECT_EQ(box_of_run_lengths(std::vector<std::int64_t>{16}, {0, 4}), std::nullopt);
  EXPECT_EQ(decompress_run_lengths("PPP"), std::nullopt);  // the last number goes on
  EXPECT_EQ(decompress_run_lengths("\x01"), std::nullopt);
  EXPECT_EQ(decompress_run_lengths(std::string(20, 'o')), std::nullopt);
}

TEST(Coco, AnnotationsThatCannotBeUsedAreToldById) {
  const auto problem = [](const std::string& fields) {
    const CocoLabels labels = annotated("{\"id\": 3, " + fields + "}");
    EXPECT_THAT(labels.found.bad_rows, SizeIs(1)) << fields;
    EXPECT_THAT(labels.found.bad_rows.at(0).reason, HasSubstr("annotation 3: "));
    return labels.found.bad_rows[0].reason;
  };
  const std::string ids = R"("image_id": 7, "category_id": 1)";
  EXPECT_THAT(problem(R"("image_id": 8, "category_id": 1, "bbox": [1, 2, 3, 4])"),
              HasSubstr("image_id 8 is no image"));
  EXPECT_THAT(problem(R"("image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4])"),
              HasSubstr("category_id 2 is no category"));
  EXPECT_THAT(problem(R"("category_id": 1, "bbox": [1, 2, 3, 4])"), HasSubstr("no image_id"));
  EXPECT_THAT(problem(R"("image_id": 7.5, "category_id": 1)"), HasSubstr("no image_id"));
  EXPECT_THAT(problem(R"("image_id": 7, "bbox": [1, 2, 3, 4])"), HasSubstr("no category_id"));
  EXPECT_THAT(problem(ids + R"(, "bbox": [1, 2, 3, 4, 5])"), HasSubstr("5 numbers"));
  EXPECT_THAT(problem(ids + R"(, "bbox": [1, 2, null, 4])"), HasSubstr("no number"));
  EXPECT_THAT(problem(ids), HasSubstr("neither bbox nor segmentation"));
  EXPECT_THAT(problem(ids + R"(, "segmentation": [[1, 2, 3]])"), HasSubstr("no polygons"));
  EXPECT_THAT(problem(ids + R"(, "segmentation": {"size": [4, 4], "counts": [99]})"),
              HasSubstr("no polygons or run lengths"));
}

TEST(Coco, WhatIsNoSuchFileIsRefused) {
  const auto refused = [](const std::string& text) {
    return error_of(ErrorKind::data, [&] { parse(text); });
  };
  EXPECT_THAT(refused(""), HasSubstr("an empty file"));
  EXPECT_THAT(refused("[{\"image_id\": 1}]"), HasSubstr("results of a detector"));
  EXPECT_THAT(refused("{\"type\": \"instances\"}"),
              HasSubstr("it has no \"images\", as COCO's files of instances have; it has type"));
  EXPECT_THAT(refused("{\"images\": [],\n\"images\": []}"),
              HasSubstr("a.json:2: \"images\" stands"));
  EXPECT_THAT(refused("{\"images\": {}}"), HasSubstr("\"images\" is no list"));
  EXPECT_THAT(refused("{\"images\": [\n{\"id\": 1, \"file_name\": \"a\"},\n{\"id\": }]}"),
              HasSubstr("a.json:3: an element of \"images\" is no valid JSON"));
  EXPECT_THAT(refused("{\"images\": [{\"id\": 1}]}"), HasSubstr("the image 1 has no file_name"));
  EXPECT_THAT(refused("{\"images\": [{\"file_name\": \"a\"}]}"), HasSubstr("an image has no id"));
  EXPECT_THAT(refused(R"({"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]})"),
              HasSubstr("two images have the id 1"));
  EXPECT_THAT(refused(R"({"annotations": [{"area": NaN}]})"), HasSubstr("NaN and Infinity"));
  EXPECT_THAT(refused("{\"images\": [{\"id\": 1, \"file_name\": \"a\"}"), HasSubstr("is cut off"));
  EXPECT_THAT(refused("{\"images\": ["), HasSubstr("is cut off"));
  EXPECT_THAT(refused("{\"imag"), HasSubstr("within a name"));
  EXPECT_THAT(refused(fmt::format("{{{}, \"annotations\": [], {}}} x", kImage, kCategory)),
              HasSubstr("more behind the object's end"));
  EXPECT_THAT(refused("{\"a\": " + std::string(100'000, '[')), HasSubstr("cut off"));
}

TEST(Coco, ALargeFileIsReadPieceByPiece) {
  std::string text = fmt::format("{{{}, {}, \"annotations\": [\n", kImage, kCategory);
  const std::string polygon(500, '1');
  constexpr int kCount = 4000;
  for (int i = 0; i < kCount; ++i) {
    text += fmt::format(
        "{}{{\"id\": {}, \"image_id\": 7, \"category_id\": 1, \"bbox\": [{}, 1, 2, 3], \"note\": "
        "\"{}\"}}\n",
        i == 0 ? "" : ",", i, i, polygon);
  }
  const CocoLabels labels = parse(text + "]}");
  const BoxExample& example = labels.found.pictures.at(0).example;
  ASSERT_THAT(example.boxes, SizeIs(kCount));
  EXPECT_EQ(example.boxes[kCount - 1].box, (Box{kCount - 1, 1, kCount + 1, 4}));
  EXPECT_EQ(example.places[1234], 1234);
}

TEST(Coco, CategoriesOfOneNameAreOneClass) {
  const CocoLabels labels = parse(fmt::format(
      "{{{}, \"categories\": [{{\"id\": 0, \"name\": \"x\"}}, {{\"id\": 4, \"name\": \"x\"}}], "
      "\"annotations\": [{{\"id\": 1, \"image_id\": 7, \"category_id\": 4, \"bbox\": [1, 2, 3, "
      "4]}}]}}",
      kImage));
  EXPECT_THAT(labels.found.classes.names(), ElementsAre("x"));
  EXPECT_THAT(labels.found.category_ids, ElementsAre(4));
  EXPECT_EQ(labels.found.pictures[0].example.boxes[0].class_id, 0);
}

std::string file_of(const std::string& picture, const std::string& category = "cat") {
  return fmt::format(
      R"({{"info": {{}}, "images": [{{"id": 1, "file_name": "{}", "width": 40, "height": 30}}],
         "annotations": [{{"id": 5, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}}],
         "categories": [{{"id": 2, "name": "{}"}}]}})",
      picture, category);
}

TEST(Coco, PicturesAreFoundInTheUsualPlaces) {
  TemporaryFolder folder;
  const fs::path root = folder.path();
  const fs::path file = root / "annotations" / "instances_val2017.json";
  write_picture(root / "val2017" / "a.png", 30, 40);
  write_picture(root / "train2017" / "a.png", 30, 40, 2);
  write_label_file(file, file_of("a.png"));
  const auto found = [&](const LabelFileOptions& options = {}) {
    const FoundBoxes boxes = read_coco(file, options);
    return boxes.pictures.empty() ? boxes.bad_rows.at(0).reason : boxes.pictures[0].example.path;
  };
  EXPECT_THAT(found(), EndsWith("val2017/a.png"));
  EXPECT_THAT(found({.root = root / "train2017"}), EndsWith("train2017/a.png"));
  write_label_file(file, file_of("train2017/a.png"));
  EXPECT_THAT(found(), EndsWith("train2017/a.png"));
  write_label_file(file, file_of("../../a.png"));
  EXPECT_THAT(found({.root = root / "annotations"}), HasSubstr("image 1: "));
  write_label_file(file, file_of("C:\\\\data\\\\a.png"));
  EXPECT_THAT(found({.root = root / "train2017"}), EndsWith("train2017/a.png"));
  write_label_file(file, file_of("a"));
  EXPECT_THAT(found({.root = root / "train2017", .image_suffix = ".png"}), EndsWith("a.png"));
  EXPECT_THAT(found({.root = root / "train2017"}), HasSubstr("--image-suffix .png"));
}

TEST(Coco, AFolderHasAPartInEachFile) {
  TemporaryFolder folder;
  const fs::path root = folder.path();
  write_picture(root / "train2017" / "a.png", 30, 40);
  write_picture(root / "val2017" / "b.png", 30, 40, 2);
  write_label_file(root / "annotations" / "instances_train2017.json", file_of("a.png", "dog"));
  write_label_file(root / "annotations" / "instances_val2017.json", file_of("b.png"));
  write_label_file(root / "annotations" / "captions_val2017.json", "{\"annotations\": []}");
  const BoxDataset data = settle_boxes(read_coco(root, {}), "coco", {});
  ASSERT_EQ(data.size(), 2);
  EXPECT_EQ(data.examples[0].split, GivenSplit::train);
  EXPECT_EQ(data.examples[1].split, GivenSplit::validation);
  EXPECT_THAT(data.label_names, ElementsAre("dog", "cat"));
  EXPECT_EQ(data.examples[1].boxes[0].class_id, 1);
  EXPECT_THAT(data.place_name(1, 5), HasSubstr("instances_val2017.json, annotation 5 ("));
  write_label_file(root / "annotations" / "instances_train2014.json", file_of("a.png"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read_coco(root, {}); }),
              AllOf(HasSubstr("3 files of labels"), HasSubstr("--data, --validation-data")));
}

// Counts and sums are those of pycocotools.
TEST(Coco, TheToyExampleIsRead) {
  const fs::path path = real_boxes("fixtures-detection-eval");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const BoxDataset data = settle_boxes(
      read_coco(path / "gts_coco_format/toy_example_coco.JSON", {.root = path / "images"}), "toy",
      {});
  EXPECT_EQ(data.size(), 10);
  EXPECT_EQ(data.box_count(), 12);
  EXPECT_THAT(data.label_names, ElementsAre("cat"));
  EXPECT_THAT(data.category_ids, ElementsAre(0));
  double left = 0, bottom = 0, area = 0;
  for (const BoxExample& example : data.examples) {
    for (const LabelledBox& box : example.boxes) {
      left += box.box.left;
      bottom += box.box.bottom;
      area += box.object_area();
    }
  }
  EXPECT_NEAR(left, 940, 12);  // clipped to the pictures by a pixel at most
  EXPECT_NEAR(bottom, 4168, 12);
  EXPECT_EQ(area, 1086771);
}

}  // namespace
}  // namespace attune
