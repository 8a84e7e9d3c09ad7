#include "attune/data/boxes/box_parts.h"

#include <set>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/boxes/testing/label_files.h"
#include "attune/data/boxes/testing/real_boxes.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kVoc =
    "<annotation><object><name>x</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax>"
    "<ymax>9</ymax></bndbox></object></annotation>";

BoxFormat detected(const fs::path& path) {
  return detect_box_format(path);
}

TEST(BoxSource, FormatsAreToldByWhatIsThere) {
  TemporaryFolder folder;
  const fs::path root = folder.path();
  write_label_file(root / "coco.json", "{\"info\": {\"shapes\": 1}, \"images\": []}");
  write_label_file(root / "labelme.json", "{\"version\": \"1\", \"shapes\": []}");
  write_label_file(root / "other.json", "{\"a\": {\"images\": 1}}");
  write_label_file(root / "t.csv", "path,class,xmin,ymin,xmax,ymax\n");
  write_label_file(root / "o.csv", "ImageID,LabelName,XMin,XMax,YMin,YMax\n");
  EXPECT_EQ(detected(root / "coco.json"), BoxFormat::coco);
  EXPECT_EQ(detected(root / "labelme.json"), BoxFormat::labelme);
  EXPECT_EQ(detected(root / "t.csv"), BoxFormat::csv);
  EXPECT_EQ(detected(root / "o.csv"), BoxFormat::open_images);
  write_label_file(root / "latin" / "t.csv",
                   "path,class,gr\xf6\xdf"
                   "e\n");
  EXPECT_EQ(detected(root / "latin" / "t.csv"), BoxFormat::csv);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { detected(root / "other.json"); }),
              AllOf(HasSubstr("none of the keys"), HasSubstr("--data-format")));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { detected(root / "none"); }), HasSubstr("no such"));
  write_label_file(root / "x.zip", "PK");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { detected(root / "x.zip"); }), HasSubstr("unpack"));
  // In one folder several are not chosen from.
  EXPECT_THAT(error_of(ErrorKind::user, [&] { detected(root); }),
              AllOf(HasSubstr("--data-format coco (coco.json)"), HasSubstr("--data-format labelme"),
                    HasSubstr("--data-format csv (t.csv)")));

  write_label_file(root / "voc" / "Annotations" / "a.xml", kVoc);
  EXPECT_EQ(detected(root / "voc"), BoxFormat::voc);
  write_label_file(root / "voc" / "classes.txt", "x\n");
  EXPECT_EQ(detected(root / "voc"), BoxFormat::voc);
  write_label_file(root / "yolo" / "labels" / "train" / "a.txt", "");
  EXPECT_EQ(detected(root / "yolo"), BoxFormat::yolo);
  write_label_file(root / "robo" / "train" / "_annotations.coco.json", "{\"images\": []}");
  EXPECT_EQ(detected(root / "robo"), BoxFormat::coco);
  write_label_file(root / "tables" / "a.csv", "path,class,xmin,ymin,xmax,ymax\n");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { detected(root / "tables"); }),
              HasSubstr("give the table itself"));
  make_directories(root / "empty");
  EXPECT_THAT(error_of(ErrorKind::user, [&] { detected(root / "empty"); }),
              AllOf(HasSubstr("it is empty"), HasSubstr("understood are COCO's JSON")));
}

TEST(BoxOptions, AreOfferedForWhatTheyServe) {
  BoxDataOptions data;
  BoxColumns columns;
  config::Schema schema;
  schema.add_section("data", "What is learnt from");
  schema.add("data", data);
  schema.add("data", columns);
  schema.apply_flags({"--data", "x.json", "--data-format", "openimages", "--other-size", "scale",
                      "--box-columns", "a,b,c,d", "--class-file", "c.csv"});
  schema.problems().throw_if_any();
  EXPECT_EQ(data.data_format, BoxFormat::open_images);
  EXPECT_EQ(columns.other_size, OtherSize::scale);
  EXPECT_THAT(columns.box_columns, SizeIs(4));
  const config::Trait coco[] = {source_trait({.path = "x.json", .format = BoxFormat::coco})};
  EXPECT_THAT(schema.unserved(coco),
              ElementsAre(HasSubstr("--class-file"), HasSubstr("--box-columns")));
  BoxEvaluateData evaluate;
  config::Schema other;
  other.add_section("data", "What is measured on");
  other.add("data", evaluate);
  other.apply_flags({"--data", "x.csv", "--split", "validation"});
  other.problems().throw_if_any();
  EXPECT_EQ(evaluate.source().path, "x.csv");
  EXPECT_EQ(evaluate.split, GivenSplit::validation);
}

/// Twelve pictures of two classes, two of them copies of others.
class LoadBoxes : public ::testing::Test {
 protected:
  LoadBoxes() {
    for (int i = 0; i < 12; ++i) {
      write_picture(root() / fmt::format("{}.png", i), 30, 40, static_cast<std::uint64_t>(i % 10));
      table_ += fmt::format("{}.png,{},{},2,30,20,g{}\n", i, i % 2 == 0 ? "cat" : "dog", i, i);
    }
    write_label_file(root() / "t.csv", table_);
    data_.data = root() / "t.csv";
  }
  const fs::path& root() const { return folder_.path(); }

  TemporaryFolder folder_;
  std::string table_ = "path,class,x1,y1,x2,y2,group\n";
  BoxDataOptions data_;
};

TEST_F(LoadBoxes, CopiesOfAPictureStayOnOneSide) {
  data_.split.validation_split = 0.3;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const BoxParts parts = load_box_parts(data_, {}, seed);
    ASSERT_TRUE(parts.validation);
    EXPECT_EQ(parts.train.size() + parts.validation->size(), 12);
    std::set<int> held_out;
    for (const BoxExample& example : parts.validation->examples) {
      held_out.insert(std::stoi(fs::path(example.path).stem().string()));
    }
    EXPECT_EQ(held_out.contains(0), held_out.contains(10));
    EXPECT_EQ(held_out.contains(1), held_out.contains(11));
    for (const std::int64_t count : parts.validation->picture_counts()) EXPECT_GT(count, 0);
  }
  const BoxParts again = load_box_parts(data_, {}, 3), same = load_box_parts(data_, {}, 3);
  EXPECT_EQ(again.validation->examples[0].path, same.validation->examples[0].path);
}

TEST_F(LoadBoxes, GivenPartsAreKeptAndContradictionsRefused) {
  write_label_file(root() / "v.csv", "path,class,x1,y1,x2,y2,group\n3.png,dog,1,2,3,4,g3\n");
  data_.validation_data = root() / "v.csv";
  const BoxParts parts = load_box_parts(data_, {}, 1);
  EXPECT_EQ(parts.train.size(), 12);
  EXPECT_THAT(parts.validation->label_names, ElementsAre("cat", "dog"));
  EXPECT_EQ(parts.validation->examples[0].boxes[0].class_id, 1);
  BoxColumns columns;
  columns.division.group_column = "group";
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_box_parts(data_, columns, 1); }),
              HasSubstr("g3"));
  write_label_file(root() / "v.csv", "path,class,x1,y1,x2,y2\n3.png,cow,1,2,3,4\n");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { load_box_parts(data_, {}, 1); }),
              AllOf(HasSubstr("v.csv:2: unknown class \"cow\""), HasSubstr("cat, dog")));
  config::Problems problems;
  data_.split.validation_split = 0.2;
  data_.find_problems(problems);
  EXPECT_THAT(error_of(ErrorKind::user, [&] { problems.throw_if_any(); }),
              HasSubstr("--validation-data gives"));
}

TEST_F(LoadBoxes, PicturesThatCannotBeDecodedLeave) {
  BoxParts parts = load_box_parts(data_, {}, 1);
  // The header stays, the rest goes.
  const std::string bytes = read_file(root() / "4.png", 1 << 20);
  write_label_file(root() / "4.png", bytes.substr(0, bytes.size() / 2));
  auto all = parts.parts();
  ScannedPictures known;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { scan_boxes(all, {}, OnBadRow::error, 1, known); }),
              HasSubstr("4.png"));
  const auto scans = scan_boxes(all, {}, OnBadRow::skip, 1, known);
  EXPECT_EQ(parts.train.size(), 11);
  EXPECT_THAT(parts.train.bad_rows, SizeIs(1));
  ASSERT_THAT(scans.at(0).looks, SizeIs(11));
  EXPECT_EQ(scans[0].looks[0].pixels, scans[0].looks[9].pixels);  // 0 and 10
}

TEST(RealBoxParts, RaccoonsThatAreTheSameStayTogether) {
  const fs::path path = real_boxes("detect-raccoon");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  BoxDataOptions data;
  data.data = path;
  data.split.validation_split = 0.2;
  const BoxParts parts = load_box_parts(data, {}, 7);
  EXPECT_NEAR(static_cast<double>(parts.validation->size()), 40, 2);
  std::set<std::string> held_out;
  for (const BoxExample& example : parts.validation->examples) {
    held_out.insert(fs::path(example.path).stem().string());
  }
  for (const auto& [a, b] : {std::pair{"11", "116"}, {"83", "120"}, {"52", "74"}, {"65", "98"}}) {
    EXPECT_EQ(held_out.contains(std::string("raccoon-") + a),
              held_out.contains(std::string("raccoon-") + b));
  }
}

}  // namespace
}  // namespace attune
