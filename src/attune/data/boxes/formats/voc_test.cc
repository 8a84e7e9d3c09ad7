#include "attune/data/boxes/formats/voc.h"

#include <array>
#include <map>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
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

std::string object(const std::string& name, int left, int top, int right, int bottom,
                   const std::string& more = "") {
  return fmt::format(
      "<object><name>{}</name>{}<bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>"
      "<ymax>{}</ymax></bndbox></object>\n",
      name, more, left, top, right, bottom);
}

std::string annotation(const std::string& objects, int width = 40, int height = 30,
                       const std::string& filename = "") {
  return fmt::format(
      "<annotation>\n<filename>{}</filename>\n<size><width>{}</width><height>{}</height></size>\n"
      "{}</annotation>\n",
      filename, width, height, objects);
}

BoxDataset read(const fs::path& path, const SettleOptions& settle = {},
                const LabelFileOptions& options = {}) {
  return settle_boxes(read_voc(path, options), path.string(), settle);
}

TEST(Voc, AnAnnotationIsReadAsItStands) {
  const VocAnnotation read = parse_voc(
      "<?xml version='1.0'?>\n<annotation verified='no'><filename> a.jpg </filename>\n"
      "<size><width>650</width><height>417</height><depth>3</depth></size>\n"
      "<object><name>cat</name><difficult>1</difficult><truncated>1</truncated><bndbox>"
      "<ymin> 2.5 </ymin><xmin>1</xmin><ymax>41</ymax><xmax>30</xmax></bndbox>\n"
      "<part><name>head</name><bndbox><xmin>0</xmin></bndbox></part></object>\n"
      "<object><name>a &amp; b</name><bndbox><xmin>5</xmin><ymin>6</ymin><xmax>7</xmax>"
      "<ymax>8</ymax></bndbox></object></annotation>",
      "a.xml");
  EXPECT_EQ(read.filename, "a.jpg");
  EXPECT_EQ(read.size, (Size{417, 650}));
  ASSERT_THAT(read.objects, SizeIs(2));
  EXPECT_EQ(read.objects[0].box.box, (Box{1, 2.5, 30, 41}));
  EXPECT_TRUE(read.objects[0].box.difficult);
  EXPECT_EQ(read.objects[0].line, 4);
  EXPECT_EQ(read.objects[1].name, "a & b");
  EXPECT_EQ(read.objects[1].line, 6);
}

TEST(Voc, WhatIsNoAnnotationIsRefused) {
  const auto refused = [](std::string_view text) {
    return error_of(ErrorKind::data, [&] { parse_voc(text, "a.xml"); });
  };
  EXPECT_THAT(refused("<annotation>\n<object>"), HasSubstr("a.xml:2: it is no well-formed XML"));
  EXPECT_THAT(refused("<svg/>"), HasSubstr("the first element is <svg>"));
  EXPECT_THAT(refused("<!DOCTYPE a [<!ENTITY x \"y\">]>\n<annotation/>"), HasSubstr("entities"));
  EXPECT_THAT(refused(""), HasSubstr("no well-formed XML"));
  // Nested beyond reason: neither the parser nor we recurse.
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  EXPECT_THAT(refused(deep), HasSubstr("no well-formed XML"));
}

TEST(Voc, ObjectsThatCannotBeUsedAreToldWithTheirLines) {
  TemporaryFolder folder;
  write_picture(folder.path() / "a.png", 30, 40);
  write_picture(folder.path() / "b.png", 30, 40, 2);
  write_label_file(folder.path() / "b.xml", annotation(object("cat", 1, 2, 3, 4)));
  const auto bad = [&](const std::string& objects) {
    write_label_file(folder.path() / "a.xml", annotation(objects));
    return error_of(ErrorKind::data, [&] { read(folder.path()); });
  };
  EXPECT_THAT(bad("<object><bndbox/></object>"), HasSubstr("a.xml:4: the object has no name"));
  EXPECT_THAT(bad("\n<object><name>x</name></object>"),
              HasSubstr("a.xml:5: the object has no bnd"));
  EXPECT_THAT(bad("<object><name>x</name><robndbox/></object>"), HasSubstr("rotated"));
  EXPECT_THAT(bad("<object><name>x</name><bndbox><xmin>1</xmin></bndbox></object>"),
              HasSubstr("its bndbox has no ymin"));
  EXPECT_THAT(bad("<object><name>x</name><bndbox><xmin>nan</xmin></bndbox></object>"),
              HasSubstr("xmin is \"nan\", expected a number"));
  EXPECT_THAT(bad("<object><name>\xff</name></object>"), HasSubstr("UTF-8"));
  // What else is in that picture is not known: it is left out as a whole.
  const BoxDataset rest = read(folder.path(), {.on_bad_row = OnBadRow::skip});
  ASSERT_EQ(rest.size(), 1);
  EXPECT_THAT(rest.examples[0].path, EndsWith("b.png"));
  EXPECT_THAT(rest.bad_rows, SizeIs(1));
}

TEST(Voc, PicturesAreFoundByNameAndSetsGiveTheParts) {
  TemporaryFolder folder;
  const fs::path root = folder.path();
  for (const char* const name : {"a", "b", "c", "d"}) {
    write_picture(root / "JPEGImages" / (std::string(name) + ".png"), 30, 40, *name);
    // The name within is another's, as tools that rename leave it.
    write_label_file(
        root / "Annotations" / (std::string(name) + ".xml"),
        annotation(object("dog", 1, 2, 30, 20) + object("cat", 4, 5, 6, 7), 40, 30, "b.png"));
  }
  write_label_file(root / "ImageSets/Main/train.txt", "a\n\n");
  write_label_file(root / "ImageSets/Main/val.txt", "b  1\r\n");
  write_label_file(root / "ImageSets/Main/trainval.txt", "a\nb\n");
  write_label_file(root / "ImageSets/Main/test.txt", "\nc.png\n");
  const BoxDataset data = read(root);
  EXPECT_THAT(data.label_names, ElementsAre("cat", "dog"));
  ASSERT_EQ(data.size(), 3);
  EXPECT_EQ(data.examples[0].split, GivenSplit::train);
  EXPECT_EQ(data.examples[1].split, GivenSplit::validation);
  EXPECT_EQ(data.examples[2].split, GivenSplit::test);
  for (const BoxExample& example : data.examples) {
    EXPECT_EQ(fs::path(example.path).stem(),
              fs::path(data.files[static_cast<std::size_t>(example.file)]).stem());
  }
  EXPECT_THAT(data.unlabelled, ElementsAre(EndsWith("d.png")));
  EXPECT_THAT(data.box_counts(), ElementsAre(3, 3));
  EXPECT_THAT(data.place_name(0, data.examples[0].places[1]), EndsWith("Annotations/a.xml:5"));

  write_label_file(root / "ImageSets/Main/test.txt", "a\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(root); }),
              AllOf(HasSubstr("test.txt:1: a is in"), HasSubstr("train.txt:1 too")));
  write_label_file(root / "ImageSets/Main/test.txt", "none\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(root); }),
              HasSubstr("test.txt:1: there is no annotation none.xml"));
}

TEST(Voc, FoldersThatAreNamedAsPartsAreParts) {
  TemporaryFolder folder;
  for (const char* const part : {"train", "valid"}) {
    write_picture(folder.path() / part / "a_jpg.rf.12.png", 30, 40, *part);
    write_label_file(folder.path() / part / "a_jpg.rf.12.xml", annotation(object("x", 1, 2, 3, 4)));
  }
  const BoxDataset data = read(folder.path());
  ASSERT_EQ(data.size(), 2);
  EXPECT_EQ(data.examples[0].split, GivenSplit::train);
  EXPECT_EQ(data.examples[1].split, GivenSplit::validation);
  EXPECT_THAT(data.examples[1].path, HasSubstr("valid"));
  write_picture(folder.path() / "b.png", 30, 40);
  write_label_file(folder.path() / "b.xml", annotation(object("x", 1, 2, 3, 4)));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(folder.path()); }),
              HasSubstr("1 of its 3 pictures lie in no folder that is named as a part"));
}

TEST(Voc, AnnotationsWithoutPictureOrWithTwoAreTold) {
  TemporaryFolder folder;
  write_picture(folder.path() / "images" / "a.png", 30, 40);
  write_label_file(folder.path() / "xml" / "a.xml", annotation(object("x", 1, 2, 3, 4)));
  write_label_file(folder.path() / "xml" / "b.xml", annotation("", 40, 30, "C:\\pictures\\z.png"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(folder.path()); }),
              AllOf(HasSubstr("b.xml: there is no picture of its name, nor C:\\pictures\\z.png"),
                    HasSubstr("--root")));
  // A file of its own finds the pictures beside its folder too.
  EXPECT_EQ(read(folder.path() / "xml" / "a.xml").size(), 1);
  write_label_file(folder.path() / "xml" / "b.xml", annotation("", 40, 30, "a.png"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(folder.path()); }), HasSubstr("has labels in"));
  fs::remove(folder.path() / "xml" / "b.xml");
  write_picture(folder.path() / "other" / "a.png", 30, 40);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read(folder.path()); }),
              HasSubstr("two pictures have its name"));
}

/// Of each class: how many boxes, and the sums of their left, top, right and bottom sides.
std::map<std::string, std::array<double, 5>> sums_of(const BoxDataset& data) {
  std::map<std::string, std::array<double, 5>> sums;
  for (const BoxExample& example : data.examples) {
    for (const LabelledBox& box : example.boxes) {
      auto& sum = sums[data.label_names[static_cast<std::size_t>(box.class_id)]];
      const double sides[] = {1, box.box.left, box.box.top, box.box.right, box.box.bottom};
      for (std::size_t i = 0; i < 5; ++i) sum[i] += sides[i];
    }
  }
  return sums;
}

TEST(Voc, RaccoonsAreRead) {
  const fs::path path = real_boxes("detect-raccoon");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const BoxDataset data = read(path);
  EXPECT_EQ(data.size(), 200);
  EXPECT_THAT(data.box_counts(), ElementsAre(217));
  // Read by lxml.
  EXPECT_THAT(sums_of(data)["raccoon"], ElementsAre(217, 18576, 9474, 79820, 70783));
  EXPECT_FALSE(data.has_splits());
  for (const BoxExample& example : data.examples) {
    for (const FaultyBox& faulty : example.faults) EXPECT_EQ(faulty.fault, BoxFault::clipped);
  }
}

// The sums are of lxml, which gives 4,888 boxes; two are empty (SOURCE.md).
TEST(Voc, BloodCellsAreRead) {
  const fs::path path = real_boxes("detect-bccd");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const BoxDataset data = read(path);
  EXPECT_EQ(data.size(), 364);
  EXPECT_THAT(data.label_names, ElementsAre("Platelets", "RBC", "WBC"));
  EXPECT_THAT(data.box_counts(), ElementsAre(361, 4153, 372));
  auto sums = sums_of(data);
  EXPECT_THAT(sums["WBC"], ElementsAre(372, 75006, 62830, 147169, 128153));
  EXPECT_THAT(sums["RBC"], ElementsAre(4153, 1133014, 781446, 1566927, 1198365));
  EXPECT_THAT(sums["Platelets"], ElementsAre(361, 102684, 79672, 117693, 94177));
  EXPECT_EQ(data.part(GivenSplit::train).size(), 205);
  EXPECT_EQ(data.part(GivenSplit::validation).size(), 87);
  EXPECT_EQ(data.part(GivenSplit::test).size(), 72);
  std::vector<std::string> empty;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    for (const FaultyBox& faulty : data.examples[static_cast<std::size_t>(i)].faults) {
      if (faulty.fault == BoxFault::empty) empty.push_back(data.source_name(i));
    }
  }
  EXPECT_THAT(empty, ElementsAre(HasSubstr("BloodImage_00338.xml"), HasSubstr("00343.xml")));
}

}  // namespace
}  // namespace attune
