#include "attune/data/boxes/formats/yolo.h"

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/boxes/formats/yolo_config.h"
#include "attune/data/boxes/reading/settle_boxes.h"
#include "attune/data/boxes/testing/label_files.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

BoxDataset read(const fs::path& path, const LabelFileOptions& options = {}) {
  return settle_boxes(read_yolo(path, options), path.string(), {});
}

TEST(Yolo, LinesAreBoxesOrPolygons) {
  const YoloLabels labels = parse_yolo(
      "\xEF\xBB\xBF"
      "0 0.5 0.5 0.2 0.4\r\n\n 2.0\t0.25 0.5 0.5 1 \n1 0.1 0.2 0.5 0.9 0.3 0.1\n",
      {.classes = 3});
  EXPECT_THAT(labels.problems, IsEmpty());
  ASSERT_THAT(labels.boxes, SizeIs(3));
  EXPECT_EQ(labels.boxes[0].box, box_from_center(0.5, 0.5, 0.2, 0.4));
  EXPECT_EQ(labels.boxes[1].class_id, 2);
  EXPECT_EQ(labels.boxes[2].box, (Box{0.1, 0.1, 0.5, 0.9}));
  EXPECT_THAT(labels.lines, ElementsAre(1, 3, 4));
  const YoloLabels pose =
      parse_yolo("0 0.5 0.5 0.2 0.4 0.1 0.1 2 0.2 0.2 1", {.classes = 1, .has_keypoints = true});
  EXPECT_THAT(pose.boxes, SizeIs(1));
}

TEST(Yolo, LinesThatCannotBeReadAreTold) {
  const auto problem = [](std::string_view line) {
    const YoloLabels labels = parse_yolo(line, {.classes = 2});
    EXPECT_THAT(labels.boxes, IsEmpty());
    return labels.problems.empty() ? "" : labels.problems[0].second;
  };
  EXPECT_THAT(problem("0 0.5 0.5 0.2"), HasSubstr("4 numbers, expected a class and x, y"));
  EXPECT_THAT(problem("0 0.5 0.5 0.2 0.3 0.9"), HasSubstr("confidences are of predictions"));
  EXPECT_THAT(problem("cat 0.5 0.5 0.2 0.3"), HasSubstr("\"cat\" is no number"));
  EXPECT_THAT(problem("0 nan 0.5 0.2 0.3"), HasSubstr("\"nan\" is no number"));
  EXPECT_THAT(problem("0 0.5 inf 0.2 0.3"), HasSubstr("\"inf\" is no number"));
  EXPECT_THAT(problem("2 0.5 0.5 0.2 0.3"), HasSubstr("the class is 2, expected a number from 0"));
  EXPECT_THAT(problem("-1 0.5 0.5 0.2 0.3"), HasSubstr("the class is -1"));
  EXPECT_THAT(problem("1e30 0.5 0.5 0.2 0.3"), HasSubstr("the class is 1e+30"));
  EXPECT_THAT(problem("0.5 0.5 0.5 0.2 0.3"), HasSubstr("the class is 0.5"));
  EXPECT_THAT(problem("\xff"), HasSubstr("\"?\" is no number"));
}

TEST(Yolo, ADataYamlNamesPartsAndClasses) {
  TemporaryFolder folder;
  const fs::path root = folder.path();
  for (const char* const name : {"train", "val"}) {
    write_picture(root / "images" / name / "a.png", 30, 40, *name);
    write_label_file(root / "labels" / name / "a.txt", "1 0.5 0.5 0.5 1\n");
  }
  write_picture(root / "images" / "train" / "empty.png", 30, 40, 9);
  write_label_file(root / "labels" / "train" / "lost.txt", "0 0.5 0.5 0.5 1\n");
  write_label_file(root / "extra.txt", "./images/train/more.png\n\n");
  write_picture(root / "images" / "train" / "sub" / "b.png", 30, 40, 3);
  write_label_file(root / "data.yaml",
                   "path: ../nowhere/set  # of another machine\ntrain: images/train\n"
                   "val: images/val\ntest:\nnc: 2\nnames: [cat, dog]\n");
  const BoxDataset data = read(root / "data.yaml");
  ASSERT_EQ(data.size(), 4);
  EXPECT_THAT(data.label_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(data.examples[0].boxes, ElementsAre(LabelledBox{{10, 0, 30, 30}, 1}));
  EXPECT_THAT(data.examples[1].boxes, IsEmpty());
  EXPECT_EQ(data.examples[0].split, GivenSplit::train);
  EXPECT_EQ(data.examples[3].split, GivenSplit::validation);
  EXPECT_THAT(data.orphans, ElementsAre(EndsWith("labels/train/lost.txt")));
  EXPECT_THAT(data.place_name(0, 1), EndsWith("labels/train/a.txt:1"));

  const auto refused = [&](const std::string& text) {
    write_label_file(root / "data.yaml", text);
    return error_of(ErrorKind::data, [&] { read(root / "data.yaml"); });
  };
  EXPECT_THAT(refused("train: images/train\nnc: 3\nnames: [cat, dog]\n"),
              HasSubstr("data.yaml:2: nc is 3, but there are 2 names"));
  EXPECT_THAT(refused("train: images/train\nnames:\n  0: cat\n  2: dog\n"),
              HasSubstr("class 1 has no name, and 2 has"));
  EXPECT_THAT(refused("names: [cat]\n"), HasSubstr("names no pictures"));
  EXPECT_THAT(refused("train: images/none\nnames: [cat]\n"), HasSubstr("images/none is neither"));
  EXPECT_THAT(refused("train: images/train\nnames: [cat]\n"),
              HasSubstr("a.txt:1: the class is 1, expected a number from 0 to 0"));
  EXPECT_THAT(refused("train: [images/train, images/train]\nnames: {0: cat, 1: dog}\n"),
              HasSubstr("named twice"));
}

TEST(Yolo, ListsAndFoldersAsTheyArePublished) {
  TemporaryFolder folder;
  const fs::path root = folder.path();
  for (const char* const name : {"train", "valid"}) {
    write_picture(root / name / "images" / "a.png", 30, 40, *name);
    write_label_file(root / name / "labels" / "a.txt", "0 0.5 0.5 0.5 1\n");
  }
  // Roboflow's paths lead out of the folder, those of notebooks to another machine.
  write_label_file(root / "data.yaml",
                   "train: ../train/images\nval: /content/set/valid/images\nnames: ['0']\n");
  EXPECT_EQ(read(root / "data.yaml").size(), 2);
  EXPECT_EQ(read(root, {.labels = {"cat"}}).part(GivenSplit::validation).size(), 1);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read(root); }),
              AllOf(HasSubstr("--class-file"), HasSubstr("--labels")));
  write_label_file(root / "classes.txt", "dog\n\n");
  EXPECT_THAT(read(root).label_names, ElementsAre("dog"));

  write_label_file(root / "train.txt", "train/images/a.png\n./valid/images/a.png\n");
  write_label_file(root / "list.yaml", "train: train.txt\nnames: [x]\n");
  EXPECT_EQ(read(root / "list.yaml").size(), 2);
  // Darknet's, written for the folder above.
  write_label_file(root / "obj.names", "x\n");
  write_label_file(root / "obj.data",
                   "classes = 1\ntrain = data/train.txt\nnames = data/obj.names\n");
  write_label_file(root / "train.txt", "data/train/images/a.png\n");
  EXPECT_EQ(read(root / "obj.data").size(), 1);
  write_label_file(root / "train.txt", "/etc/passwd\n../a.png\nnone.png\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(root / "list.yaml"); }),
              AllOf(HasSubstr("train.txt:1: the path \"/etc/passwd\" leaves the folder"),
                    HasSubstr("train.txt:2: "), HasSubstr("train.txt:3: there is no picture")));
}

TEST(Yolo, PicturesWithoutAnyLabelsAreRefused) {
  TemporaryFolder folder;
  write_picture(folder.path() / "images" / "a.png", 30, 40);
  write_label_file(folder.path() / "classes.txt", "x\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(folder.path()); }),
              AllOf(HasSubstr("none of its 1 pictures has labels"), HasSubstr("labels/a.txt")));
}

}  // namespace
}  // namespace attune
