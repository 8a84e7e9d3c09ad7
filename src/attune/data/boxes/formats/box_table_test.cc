#include "attune/data/boxes/formats/box_table.h"

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

class BoxTable : public ::testing::Test {
 protected:
  BoxTable() {
    write_picture(folder_.path() / "a.png", 30, 40);
    write_picture(folder_.path() / "images" / "b.png", 30, 40, 2);
  }
  BoxDataset read(const std::string& text, const BoxTableOptions& options = {}) {
    write_label_file(table_, text);
    return settle_boxes(read_box_table(table_, options), "t.csv", {});
  }
  std::string refused(ErrorKind kind, const std::string& text) {
    return error_of(kind, [&] { read(text); });
  }

  TemporaryFolder folder_;
  fs::path table_ = folder_.path() / "t.csv";
};

TEST_F(BoxTable, RowsOfAPictureAreJoinedAndEmptyOnesAreBackground) {
  const BoxDataset data = read(
      "Filename,width,height,class,xmin,ymin,xmax,ymax\n"
      "a.png,40,30,dog,1,2,3,4\nb.png,40,30,,,,,\na.png,40,30,cat,5,6,7.5,8\n");
  ASSERT_EQ(data.size(), 2);
  EXPECT_THAT(data.label_names, ElementsAre("cat", "dog"));
  EXPECT_THAT(data.examples[0].boxes,
              ElementsAre(LabelledBox{{1, 2, 3, 4}, 1}, LabelledBox{{5, 6, 7.5, 8}, 0}));
  EXPECT_THAT(data.examples[0].places, ElementsAre(2, 4));
  EXPECT_THAT(data.examples[1].boxes, IsEmpty());
  EXPECT_THAT(data.source_name(1), HasSubstr("t.csv:3 ("));
}

TEST_F(BoxTable, ColumnsAreFoundByTheirUsualNames) {
  EXPECT_THAT(read("label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,"
                   "image_height\ncat,1,2,10,20,a.png,40,30\n")
                  .examples[0]
                  .boxes,
              ElementsAre(LabelledBox{{1, 2, 11, 22}, 0}));
  EXPECT_THAT(
      read("image,label,x_center,y_center,width,height\na.png,cat,10,10,4,6\n").examples[0].boxes,
      ElementsAre(LabelledBox{{8, 7, 12, 13}, 0}));
  EXPECT_THAT(
      read("f;k;a;b;c;d\na.png;cat;1;2;3;4\n", {.reader = {.delimiter = ';'},
                                                .columns = {.image_column = "f",
                                                            .label_column = "k",
                                                            .box_columns = {"a", "b", "c", "d"},
                                                            .box_style = BoxStyle::corner_size}})
          .examples[0]
          .boxes,
      ElementsAre(LabelledBox{{1, 2, 4, 6}, 0}));
  EXPECT_THAT(
      refused(ErrorKind::user, "image_id,class,bbox\na,x,\"[1, 2, 3, 4]\"\n"),
      AllOf(HasSubstr("its columns are: image_id, class, bbox"), HasSubstr("--box-columns")));
  EXPECT_THAT(refused(ErrorKind::user, "xmin,ymin,xmax,ymax\n1,2,3,4\n"),
              HasSubstr("--image-column"));
}

TEST_F(BoxTable, KerasRetinanetHasNoHeader) {
  const BoxDataset data = read("a.png,1,2,3,4,cow\nimages/b.png,,,,,\n");
  ASSERT_EQ(data.size(), 2);
  EXPECT_THAT(data.label_names, ElementsAre("cow"));
  EXPECT_THAT(data.examples[1].boxes, IsEmpty());
  EXPECT_TRUE(is_retinanet_table({"a", "1", "2", "3", "4", "x"}));
  EXPECT_FALSE(is_retinanet_table({"path", "x1", "y1", "x2", "y2", "class"}));
}

TEST_F(BoxTable, RowsThatCannotBeUsedAreToldWithTheirLines) {
  const std::string header = "path,class,x1,y1,x2,y2\na.png,cat,1,2,3,4\n";
  const auto bad = [&](const std::string& row) {
    return refused(ErrorKind::data, header + row + "\n");
  };
  EXPECT_THAT(bad("a.png,cat,1,x,3,4"), HasSubstr("t.csv:3: y1 is \"x\", expected a number"));
  EXPECT_THAT(bad("a.png,cat,1,inf,3,4"), HasSubstr("expected a number"));
  EXPECT_THAT(bad("a.png,cat,,,,"), HasSubstr("has the class \"cat\" and no box"));
  EXPECT_THAT(bad("a.png,,1,2,3,4"), HasSubstr("the class is empty"));
  EXPECT_THAT(bad("a.png,nan,1,2,3,4"), HasSubstr("--no-keep-default-na"));
  EXPECT_THAT(bad("none.png,cat,1,2,3,4"), HasSubstr("there is no picture"));
  EXPECT_THAT(bad("../a.png,cat,1,2,3,4"), HasSubstr("leaves the folder"));
  EXPECT_THAT(bad("a.png,cat,1,2"), HasSubstr("t.csv:3"));
  EXPECT_THAT(refused(ErrorKind::data, "path,class,x1,y1,x2,y2\na.png,c,.1,.2,.3,.4\n"),
              HasSubstr("--box-unit fractions"));
  EXPECT_THAT(refused(ErrorKind::data,
                      "path,width,height,class,x1,y1,x2,y2\na.png,40,30,c,1,2,3,4\n"
                      "a.png,80,60,c,1,2,3,4\n"),
              HasSubstr("another size than line 2"));
}

TEST_F(BoxTable, SplitAndGroupColumnsAreKept) {
  const BoxDataset data = read(
      "path,class,x1,y1,x2,y2,split,site\na.png,c,1,2,3,4,train,k\na.png,c,1,2,4,4,train,k\n"
      "b.png,c,1,2,3,4,val,m\n",
      {.columns = {.split_column = "split", .group_column = "site"}});
  EXPECT_EQ(data.examples[0].split, GivenSplit::train);
  EXPECT_EQ(data.examples[1].split, GivenSplit::validation);
  EXPECT_EQ(data.examples[1].group, "m");
}

TEST_F(BoxTable, OpenImagesHasFractionsGroupsAndCodes) {
  write_label_file(table_,
                   "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsGroupOf\n"
                   "a,x,/m/1,1,0.25,0.75,0.5,1,0,0\nb,x,/m/2,1,0,0.5,0,0.5,0,1\n");
  write_label_file(folder_.path() / "class-descriptions-boxable.csv", "/m/1,Traffic light\n");
  EXPECT_TRUE(is_open_images_table(table_));
  const BoxDataset data = settle_boxes(read_open_images(table_, {}), "open", {});
  ASSERT_EQ(data.size(), 2);
  EXPECT_THAT(data.label_names, ElementsAre("/m/2", "Traffic light"));
  EXPECT_THAT(data.examples[0].boxes, ElementsAre(LabelledBox{{10, 15, 30, 30}, 1}));
  EXPECT_TRUE(data.examples[1].boxes[0].crowd);
  EXPECT_EQ(data.examples[1].id, "b");
  EXPECT_THAT(data.examples[1].path, EndsWith("images/b.png"));
  write_label_file(table_, "ImageID,LabelName,XMin,XMax,YMin,YMax\na,/m/1,25,75,50,100\n");
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { settle_boxes(read_open_images(table_, {}), "open", {}); }),
      HasSubstr("t.csv:2: the box 25 50 75 100 is no fraction"));
}

TEST(RealBoxTable, RaccoonsAreThoseOfTheirXml) {
  const fs::path path = real_boxes("detect-raccoon");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  // The pictures lie in a folder beside that of the tables.
  const BoxDataset data =
      settle_boxes(read_box_table(path / "data" / "raccoon_labels.csv", {}), "raccoon", {});
  EXPECT_EQ(data.size(), 200);
  EXPECT_THAT(data.box_counts(), ElementsAre(217));
}

}  // namespace
}  // namespace attune
