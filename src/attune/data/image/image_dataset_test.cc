#include "attune/data/image/image_dataset.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/image/image_folder.h"
#include "attune/data/image/image_manifest.h"
#include "attune/data/image/image_statistics.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ImageFiles : public ::testing::Test {
 protected:
  void add(const std::string& path, const std::string& bytes = "x") {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << bytes;
  }
  std::vector<std::string> paths(const ImageDataset& dataset) const {
    std::vector<std::string> result;
    for (const ImageExample& example : dataset.examples) {
      result.push_back(fs::path(example.path).lexically_relative(root_).string());
    }
    return result;
  }
  std::string folder_error(const std::vector<std::string>& names = {}) const {
    return error_of(ErrorKind::data, [&] { read_image_folder(root_, names); });
  }

  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(ImageFiles, AFolderPerClassInTorchvisionsOrder) {
  for (const char* path :
       {"b/2.JPG", "b/10.jpg", "b/sub/a.png", "b/sub/in/c.png", "b/sub-1/z.png", "a/x.webp",
        "a/scan.nii.gz", "a/notes.txt", "a/imageNotFound.gif", ".hidden/h.jpg", "__MACOSX/m.jpg",
        "a/.ipynb_checkpoints/x.webp", "a/.DS_Store", "readme.md"}) {
    add(path);
  }
  const ImageDataset data = read_image_folder(root_);
  EXPECT_THAT(data.label_names, ElementsAre("a", "b"));
  EXPECT_THAT(paths(data), ElementsAre("a/scan.nii.gz", "a/x.webp", "b/10.jpg", "b/2.JPG",
                                       "b/sub/a.png", "b/sub-1/z.png", "b/sub/in/c.png"));
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 0, 1, 1, 1, 1, 1));
  EXPECT_EQ(data.skipped_files.size(), 2u);
  EXPECT_FALSE(data.has_splits());
  EXPECT_EQ(data.source_name(2), (root_ / "b/10.jpg").string());
}

TEST_F(ImageFiles, FoldersNamedByNumbersAreClassesInTheirOrder) {
  for (const char* path : {"10/a.png", "9/b.png", "0/c.png"}) add(path);
  const ImageDataset data = read_image_folder(root_);
  EXPECT_THAT(data.label_names, ElementsAre("0", "9", "10"));
  // Files stay in torchvision's order.
  EXPECT_THAT(paths(data), ElementsAre("0/c.png", "10/a.png", "9/b.png"));
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 2, 1));
}

TEST_F(ImageFiles, FoldersNamedByNumbersMeanTheGivenNames) {
  for (const char* path : {"0/a.png", "1/b.png"}) add(path);
  const ImageDataset data = read_image_folder(root_, {"negative", "positive"}, true);
  EXPECT_THAT(data.label_names, ElementsAre("negative", "positive"));
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 1));
}

TEST_F(ImageFiles, FoldersNamedAsSplitsAreSplits) {
  for (const char* path : {"train/a/1.jpg", "train/b/2.jpg", "val/b/3.jpg", "Test/a/4.jpg"}) {
    add(path);
  }
  const ImageDataset data = read_image_folder(root_);
  EXPECT_THAT(data.label_names, ElementsAre("a", "b"));
  EXPECT_THAT(paths(data.part(GivenSplit::train)), ElementsAre("train/a/1.jpg", "train/b/2.jpg"));
  EXPECT_THAT(data.part(GivenSplit::validation).class_ids(), ElementsAre(1));
  EXPECT_THAT(paths(data.part(GivenSplit::test)), ElementsAre("Test/a/4.jpg"));
  add("valid/a/5.jpg");
  EXPECT_THAT(folder_error(), HasSubstr("val and valid both are the validation split"));
  fs::remove_all(root_ / "valid");
  add("val/c/6.jpg");
  EXPECT_THAT(folder_error(), AllOf(HasSubstr("unknown class \"c\""), HasSubstr("a, b")));
  add("more/a/1.jpg");
  EXPECT_THAT(folder_error(), HasSubstr("beside the parts train and val there are folders that "
                                        "are none: more"));
}

TEST_F(ImageFiles, AClassMayBeNamedTrain) {
  for (const char* path : {"train/1.jpg", "car/2.jpg"}) add(path);
  EXPECT_THAT(read_image_folder(root_).label_names, ElementsAre("car", "train"));
}

TEST_F(ImageFiles, RefusesFoldersThatTeachNothing) {
  EXPECT_THAT(error_of(ErrorKind::user, [&] { read_image_folder(root_ / "gone"); }),
              HasSubstr("no such folder"));
  EXPECT_THAT(folder_error(), HasSubstr("holds no class; expected a folder per class"));
  add("a/1.jpg");
  EXPECT_THAT(folder_error(), HasSubstr("all 1 pictures are in one class folder, \"a\""));
  EXPECT_EQ(read_image_folder(root_, {"b", "a"}).class_ids(), std::vector<std::int64_t>{1});
  add("b/notes.txt");
  fs::create_directories(root_ / "c");
  EXPECT_THAT(folder_error(),
              AllOf(HasSubstr("2 of 3 class folders hold no picture: b (1 .txt), c"),
                    HasSubstr(".jpg .jpeg .jpe")));
}

TEST_F(ImageFiles, MedicalFilesAreFoundByTheirNamesAndDicomWithoutAnEnding) {
  const std::string dicom = std::string(128, '\0') + "DICM" + "...";
  for (const char* name : {"a/1.dcm", "a/2.DICOM", "a/3.nii", "a/4.nii.gz", "b/x.gz"}) add(name);
  for (const char* name : {"b/IM0001", "b/1.2.840.17", "b/DICOMDIR", "b/old.bak"}) add(name, dicom);
  add("b/README");
  const ImageDataset data = read_image_folder(root_);
  EXPECT_THAT(paths(data), ElementsAre("a/1.dcm", "a/2.DICOM", "a/3.nii", "a/4.nii.gz",
                                       "b/1.2.840.17", "b/IM0001"));
  EXPECT_EQ(data.skipped_files.size(), 4U);
}

TEST_F(ImageFiles, LinksThatLeadBackAreFollowedOnce) {
  add("a/1.jpg");
  add("b/1.jpg");
  fs::create_directory_symlink(root_ / "a", root_ / "a/again");
  EXPECT_EQ(read_image_folder(root_).size(), 2);
}

TEST_F(ImageFiles, ScansManyFilesWithoutOpeningThem) {
  for (const char* name : {"a", "b"}) {
    fs::create_directories(root_ / name);
    for (int i = 0; i < 1000; ++i) {
      const fs::path path = root_ / name / fmt::format("{}.jpg", i);
      std::ofstream{path};
      fs::permissions(path, fs::perms::none);
    }
  }
  EXPECT_EQ(read_image_folder(root_).size(), 2000);
}

class Manifest : public ImageFiles {
 protected:
  void SetUp() override {
    ImageFiles::SetUp();
    for (const char* path : {"p/1.png", "p/2.png", "q/3.png", "q/4.png"}) add(path);
  }
  ImageDataset read(const std::string& text, const ImageManifestOptions& options = {}) {
    add("scans.csv", text);
    return read_image_manifest(root_ / "scans.csv", options);
  }
  std::string manifest_error(const std::string& text, const ImageManifestOptions& options = {},
                             ErrorKind kind = ErrorKind::data) {
    return error_of(kind, [&] { read(text, options); });
  }
};

TEST_F(Manifest, KeepsValuesOfSubgroups) {
  const ImageManifestOptions options{
      .columns = {.group_column = "sex", .subgroup_columns = {"site", "sex"}}};
  const ImageDataset data =
      read("path,label,sex,site\np/1.png,sick,f, north \np/2.png,well,m,\n", options);
  EXPECT_THAT(data.examples[0].subgroups, ElementsAre("north", "f"));
  EXPECT_THAT(data.subset(std::vector<std::int64_t>{1}).examples[0].subgroups,
              ElementsAre("", "m"));
  EXPECT_THAT(data.part(GivenSplit::none).subgroup_columns, ElementsAre("site", "sex"));
}

TEST_F(Manifest, ReadsLabelsSplitsAndGroups) {
  const ImageManifestOptions options{
      .columns = {.split_column = "part", .group_column = "patient"}};
  const ImageDataset data = read(
      "path,label,part,patient\np/1.png,sick,train,A\n./p/2.png,well,train,B\n"
      "q/3.png,sick,val,C\n" +
          (root_ / "q/4.png").string() + ",well,test,D\n",
      options);
  EXPECT_THAT(data.label_names, ElementsAre("sick", "well"));
  EXPECT_THAT(paths(data), ElementsAre("p/1.png", "p/2.png", "q/3.png", "q/4.png"));
  EXPECT_THAT(data.group_ids(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(data.examples[2].split, GivenSplit::validation);
  EXPECT_EQ(data.examples[3].split, GivenSplit::test);
  EXPECT_EQ(data.source_name(1),
            fmt::format("{}:3 ({})", (root_ / "scans.csv").string(), (root_ / "p/2.png").string()));
}

TEST_F(Manifest, ReadsSeveralLabelsWithUnknownOnes) {
  const ImageManifestOptions options{.columns = {.label_columns = {"effusion", "nodule", "mass"}},
                                     .label_kind = LabelKind::multi_label};
  const ImageDataset data =
      read("path,mass,effusion,nodule\np/1.png,1,0,\np/2.png,,nan,1.0\nq/3.png,0,1,-1\n", options);
  EXPECT_THAT(data.label_names, ElementsAre("effusion", "nodule", "mass"));
  EXPECT_THAT(data.label_row(0), ElementsAre(0, -1, 1));
  EXPECT_THAT(data.label_row(1), ElementsAre(-1, 1, -1));
  EXPECT_THAT(data.label_row(2), ElementsAre(1, -1, 0));
  EXPECT_THAT(data.class_counts(), ElementsAre(1, 1, 1));
  EXPECT_THAT(manifest_error("path,mass,effusion,nodule\np/1.png,,nan,-1\n", options),
              HasSubstr("none of its labels is known (--blank-labels negative takes"));
  EXPECT_THAT(manifest_error("path,mass,effusion,nodule\np/1.png,1,0,2\n", options),
              HasSubstr("label column \"nodule\" holds \"2\", expected 0 or 1, or nothing"));
  const ImageManifestOptions list{.label_kind = LabelKind::multi_label, .label_separator = '|'};
  EXPECT_THAT(read("path,label\np/1.png,b|a\np/2.png,\n", list).label_row(0), ElementsAre(1, 1));
}

TEST_F(Manifest, UncertainAndBlankLabelsAreWhatOneSays) {
  ImageManifestOptions options{.columns = {.label_columns = {"edema", "mass", "node"}},
                               .label_kind = LabelKind::multi_label};
  const std::string table = "path,edema,mass,node\np/1.png,-1.0,,1.0\np/2.png,0.0,-1,\n";
  options.uncertain_labels = UncertainLabels::zero;
  EXPECT_THAT(read(table, options).label_row(0), ElementsAre(0, -1, 1));
  options.uncertain_labels = UncertainLabels::one;
  options.blank_labels = BlankLabels::negative;
  EXPECT_THAT(read(table, options).label_row(0), ElementsAre(1, 0, 1));
  EXPECT_THAT(read(table, options).label_row(1), ElementsAre(0, 1, 0));
  options.uncertain_labels = UncertainLabels::ignore;
  EXPECT_THAT(read(table, options).label_row(1), ElementsAre(0, -1, 0));
}

// One column of 0 and 1 is one label, as each of several is.
TEST_F(Manifest, AColumnOfZeroAndOneIsOneOfSeveralLabels) {
  ImageManifestOptions options{.columns = {.label_columns = {"Edema"}},
                               .label_kind = LabelKind::multi_label};
  const std::string table = "path,Edema\np/1.png,1\np/2.png,0\nq/3.png,-1\nq/4.png,\n";
  EXPECT_THAT(manifest_error(table, options),
              AllOf(HasSubstr("scans.csv:4: none of its labels is known"),
                    HasSubstr("scans.csv:5: none of its labels is known"),
                    HasSubstr("--uncertain-labels"), HasSubstr("--blank-labels negative")));
  options.uncertain_labels = UncertainLabels::one;
  options.blank_labels = BlankLabels::negative;
  const ImageDataset data = read(table, options);
  EXPECT_THAT(data.label_names, ElementsAre("Edema"));
  EXPECT_THAT(data.label_row(0), ElementsAre(1));
  EXPECT_THAT(data.label_row(1), ElementsAre(0));
  EXPECT_THAT(data.label_row(2), ElementsAre(1));
  EXPECT_THAT(data.label_row(3), ElementsAre(0));
  // By the labels of the model that was trained so.
  options.label_names = {"Edema"};
  options.label_numbers = true;
  EXPECT_THAT(read("path,Edema\np/1.png,False\np/2.png,True\n", options).class_counts(),
              ElementsAre(1));
  const ImageManifestOptions list{.label_kind = LabelKind::multi_label};
  EXPECT_THAT(read("path,label\np/1.png,1\np/2.png,\nq/3.png,2\n", list).label_names,
              ElementsAre("1", "2"));
  EXPECT_THAT(read("path,label\np/1.png,cat\np/2.png,\n", list).label_row(1), ElementsAre(0));
}

TEST_F(Manifest, VectorsMayHoldUncertainLabels) {
  ImageManifestOptions options{.label_kind = LabelKind::multi_label};
  const std::string table = "path,label\np/1.png,\"[0, 1]\"\np/2.png,\"[-1, 1]\"\n";
  const ImageDataset data = read(table, options);
  EXPECT_THAT(data.label_names, ElementsAre("0", "1"));
  EXPECT_THAT(data.label_row(0), ElementsAre(0, 1));
  EXPECT_THAT(data.label_row(1), ElementsAre(-1, 1));
  options.uncertain_labels = UncertainLabels::one;
  EXPECT_THAT(read(table, options).label_row(1), ElementsAre(1, 1));
  options.label_names = {"mass", "node"};
  EXPECT_THAT(read(table, options).label_row(1), ElementsAre(1, 1));
}

// pandas writes a column of 0 and 1 with an empty cell as 0.0 and 1.0.
TEST_F(Manifest, WholeNumbersWrittenAsDecimalsAreClasses) {
  std::vector<std::string> told;
  set_log_sink([&](LogLevel, std::string_view text) { told.emplace_back(text); });
  const ImageDataset data = read("path,label\np/1.png,2.0\np/2.png,0.0\nq/3.png,0\n");
  set_log_sink({});
  EXPECT_THAT(data.label_names, ElementsAre("0", "2"));
  EXPECT_THAT(data.class_ids(), ElementsAre(1, 0, 0));
  EXPECT_THAT(told, Contains(HasSubstr("\"2.0\" is the class \"2\"")));
  EXPECT_THAT(read("path,label\np/1.png,1.0\n", {.label_names = {"0", "1"}}).class_ids(),
              ElementsAre(1));
  EXPECT_THAT(
      read("path,label\np/1.png,1.0\n", {.label_names = {"well", "sick"}, .label_numbers = true})
          .class_ids(),
      ElementsAre(1));
  EXPECT_THAT(manifest_error("path,label\np/1.png,1.0\np/2.png,0.5\n"),
              AllOf(HasSubstr("scans.csv:3 "), HasSubstr("the label \"0.5\" is a decimal number")));
  EXPECT_THAT(read("path,label\np/1.png,1.0\np/2.png,v2\n").label_names, ElementsAre("1.0", "v2"));
}

TEST_F(Manifest, OneColumnOfZeroAndOneMayHoldUncertainAndBlankLabels) {
  add("q/5.png");
  const std::string table =
      "path,label\np/1.png,1.0\np/2.png,0.0\nq/3.png,-1.0\nq/4.png,\nq/5.png,nan\n";
  EXPECT_THAT(manifest_error(table),
              AllOf(HasSubstr("scans.csv:4: the label is -1 in a column of 0 and 1; set "
                              "--uncertain-labels"),
                    HasSubstr("scans.csv:5: the label is empty; set --blank-labels"),
                    HasSubstr("scans.csv:6: ")));
  ImageManifestOptions options{.uncertain_labels = UncertainLabels::one,
                               .blank_labels = BlankLabels::negative};
  EXPECT_THAT(read(table, options).label_names, ElementsAre("0", "1"));
  EXPECT_THAT(read(table, options).class_ids().front(), 1);
  EXPECT_THAT(read(table, options).class_counts(), ElementsAre(3, 2));
  options.uncertain_labels = UncertainLabels::ignore;
  options.blank_labels = BlankLabels::unknown;
  std::vector<std::string> told;
  set_log_sink([&](LogLevel, std::string_view text) { told.emplace_back(text); });
  EXPECT_THAT(paths(read(table, options)), ElementsAre("p/1.png", "p/2.png"));
  set_log_sink({});
  EXPECT_THAT(told,
              AllOf(Contains(HasSubstr("1 rows with the label -1 are left out")),
                    Contains(HasSubstr("2 rows without a label are left out (--blank-labels)"))));
  // Beside other numbers and names -1 is a class, and an empty cell none.
  EXPECT_THAT(read("path,label\np/1.png,-1\np/2.png,2\n").label_names, ElementsAre("-1", "2"));
  EXPECT_THAT(manifest_error("path,label\np/1.png,\np/2.png,a\nq/3.png,b\n"),
              Not(HasSubstr("--blank-labels")));
  EXPECT_THAT(manifest_error("path,label\np/1.png,a\np/2.png,b\n", options, ErrorKind::user),
              AllOf(HasSubstr("--uncertain-labels is for label columns of 0 and 1"),
                    HasSubstr("has \"a\" in \"label\"")));
  EXPECT_THAT(read(table.substr(0, table.find("q/4")),
                   {.label_names = {"0", "1"}, .uncertain_labels = UncertainLabels::zero})
                  .class_ids(),
              ElementsAre(1, 0, 0));
}

// VinDr has a row for each finding of each radiologist, RSNA one for each box.
TEST_F(Manifest, RowsOfOneFileAreOneExample) {
  std::vector<std::string> told;
  set_log_sink([&](LogLevel, std::string_view text) { told.emplace_back(text); });
  const ImageManifestOptions several{.label_kind = LabelKind::multi_label};
  const ImageDataset united =
      read("path,label\np/1.png,mass\np/2.png,none\n./p/1.png,edema\np/1.png,mass\n", several);
  EXPECT_THAT(paths(united), ElementsAre("p/1.png", "p/2.png"));
  EXPECT_THAT(united.label_row(0), ElementsAre(1, 1, 0));
  EXPECT_THAT(told, ElementsAre(AllOf(HasSubstr("4 rows are 2 examples"),
                                      HasSubstr("with the labels of all its rows"))));
  const ImageManifestOptions columns{.columns = {.label_columns = {"a", "b", "c"}},
                                     .label_kind = LabelKind::multi_label};
  EXPECT_THAT(read("path,a,b,c\np/1.png,,1,\np/1.png,0,,\n", columns).label_row(0),
              ElementsAre(0, 1, -1));
  told.clear();
  const ImageDataset single =
      read("path,label\np/1.png,1\np/1.png,1\np/2.png,0\nq/3.png,1\nq/3.png,0\n");
  EXPECT_THAT(paths(single), ElementsAre("p/1.png", "p/2.png", "q/3.png", "q/3.png"));
  EXPECT_THAT(told, ElementsAre(HasSubstr("5 rows are 4 examples"),
                                AllOf(HasSubstr("1 rows have another label"),
                                      HasSubstr("q/3.png (lines 5 \"1\" and 6 \"0\")"))));
  told.clear();
  const ImageManifestOptions parts{.columns = {.split_column = "s"}};
  EXPECT_EQ(read("path,label,s\np/1.png,a,train\np/1.png,a,test\nq/3.png,b,train\n", parts).size(),
            3);
  set_log_sink({});
}

TEST_F(Manifest, NamesLackTheirEndingOrComeFromWindows) {
  EXPECT_THAT(manifest_error("path,label\np/1,a\nq/3,b\n"),
              HasSubstr("but one with .png behind it: set --image-suffix .png"));
  EXPECT_THAT(paths(read("path,label\np/1,a\nq/3.png,b\n", {.image_suffix = ".png"})),
              ElementsAre("p/1.png", "q/3.png"));
  EXPECT_THAT(paths(read("path,label\np\\1.png,a\n.\\q\\3.png,b\n")),
              ElementsAre("p/1.png", "q/3.png"));
  EXPECT_THAT(manifest_error("path,label\np/1.png,a\n..\\x.png,b\n"),
              HasSubstr("leaves the folder"));
}

// ISIC 2019 and Kaggle's tables: a column a class, one of them 1.
TEST_F(Manifest, OneOfSeveralColumnsMayBeTheClass) {
  ImageManifestOptions options{.columns = {.label_columns = {"MEL", "NV", "BCC"}}};
  const ImageDataset data =
      read("path,NV,MEL,BCC\np/1.png,0.0,1.0,0.0\np/2.png,1,0,0\nq/3.png,1,0,0\n", options);
  EXPECT_THAT(data.label_names, ElementsAre("MEL", "NV", "BCC"));
  EXPECT_THAT(data.class_ids(), ElementsAre(0, 1, 1));
  EXPECT_THAT(manifest_error("path,NV,MEL,BCC\np/1.png,1,1,0\np/2.png,0,0,0\n", options),
              AllOf(HasSubstr(":2: 2 of its 3 label columns are 1, expected one"),
                    HasSubstr(":3: 0 of its 3 label columns are 1"),
                    HasSubstr("--problem-type multi_label_classification")));
  EXPECT_THAT(manifest_error("path,NV,MEL,BCC\np/1.png,1,,0\n", options),
              AllOf(HasSubstr("1 of its 3 label columns are 1 and 1 not known"),
                    HasSubstr("--blank-labels negative")));
  options.blank_labels = BlankLabels::negative;
  EXPECT_THAT(read("path,NV,MEL,BCC\np/1.png,1,,0\n", options).class_ids(), ElementsAre(1));
  options.label_kind = LabelKind::regression;
  EXPECT_THAT(manifest_error("path,NV,MEL,BCC\np/1.png,1,0,0\n", options, ErrorKind::user),
              HasSubstr("regression has one number"));
}

TEST_F(Manifest, NamesAreFoundInTheFoldersOfTheRoot) {
  // HAM10000: two folders of pictures, names without folders in the table.
  const std::string table = "path,label\n1,a\n3,b\n";
  ImageManifestOptions options{.image_suffix = ".png", .root = root_};
  EXPECT_THAT(paths(read(table, options)), ElementsAre("p/1.png", "q/3.png"));
  options.root.clear();  // the table's folder, which is the same
  EXPECT_THAT(paths(read(table, options)), ElementsAre("p/1.png", "q/3.png"));
  EXPECT_THAT(manifest_error(table), HasSubstr("set --image-suffix .png"));
  const std::string error = manifest_error("path,label\n7,a\n8,b\n");
  EXPECT_THAT(error, AllOf(HasSubstr("--root says"), HasSubstr("--image-suffix what")));
  EXPECT_EQ(error.find("--root says"), error.rfind("--root says"));
  add("q/deeper/1.png");
  EXPECT_THAT(manifest_error(table, options),
              AllOf(HasSubstr("several files are named 1.png"), HasSubstr("q/deeper/1.png")));
  EXPECT_THAT(manifest_error("path,label\n9,a\n3,b\n", options), HasSubstr("9.png"));
}

TEST_F(Manifest, FilesAndFoldersInEachOthersPlaceAreTold) {
  add("a.csv", "path,label\np/1.png,a\n");
  fs::create_symlink(root_ / "nowhere", root_ / "dangling");
  const auto error = [&](const auto& act) { return error_of(ErrorKind::user, act); };
  EXPECT_THAT(error([&] { read_image_manifest(root_ / "p", {}); }),
              AllOf(HasSubstr("--manifest: "), HasSubstr("is a folder"), HasSubstr("--train-dir")));
  EXPECT_THAT(error([&] { read_image_folder(root_ / "a.csv"); }),
              AllOf(HasSubstr("a.csv is a file, expected a folder"), HasSubstr("--manifest")));
  EXPECT_THAT(error([&] { read_image_folder(root_ / "dangling"); }),
              AllOf(HasSubstr("a link to nothing"), HasSubstr("nowhere")));
  EXPECT_THAT(error([&] { read("path,label\np/1.png,a\n", {.root = root_ / "a.csv"}); }),
              HasSubstr("--root: "));
  EXPECT_THAT(error_of(ErrorKind::io, [&] { open_rows(root_ / "gone"); }),
              AllOf(HasSubstr("gone"), HasSubstr("No such file")));
}

TEST_F(Manifest, TellsTheOptionThatWouldFindAFile) {
  // CheXpert's paths begin above the table.
  EXPECT_THAT(manifest_error("path,label\n" + root_.filename().string() + "/p/1.png,a\n"),
              HasSubstr("set --root " + root_.parent_path().string()));
  EXPECT_THAT(manifest_error("path,label\np/1,a\n", {.image_suffix = "png"}),
              HasSubstr("set --image-suffix .png"));
  EXPECT_THAT(manifest_error("path,label\np,a\n"), HasSubstr("but a folder; the table must have"));
}

TEST_F(Manifest, AColumnMayMarkAPartByTrueAndFalse) {
  const auto splits = [&](const std::string& column, const std::string& cells) {
    const ImageManifestOptions options{.columns = {.split_column = column}};
    const ImageDataset data = read("path,label," + column + "\np/1.png,a," + cells.substr(0, 1) +
                                       "\np/2.png,b," + cells.substr(1) + "\n",
                                   options);
    return std::pair{data.examples[0].split, data.examples[1].split};
  };
  const std::pair held_out{GivenSplit::validation, GivenSplit::train};
  EXPECT_EQ(splits("is_valid", "1False"), held_out);
  EXPECT_EQ(splits("isVal", "1false"), held_out);
  EXPECT_EQ(splits("validation", "10.0"), held_out);
  EXPECT_EQ(splits("is_test", "10"), std::pair(GivenSplit::test, GivenSplit::train));
  EXPECT_EQ(splits("is_train", "0True"), std::pair(GivenSplit::test, GivenSplit::train));
  const ImageManifestOptions options{.columns = {.split_column = "split"}};
  EXPECT_THAT(manifest_error("path,label,split\np/1.png,a,True\n", options),
              HasSubstr("which part true and false are the name of a column can say"));
}

TEST_F(Manifest, ListsAllBadRowsAtOnce) {
  const std::string text =
      "path,label\np/1.png,a\ngone.png,a\n../x.png,b\n/etc/passwd,b\np/../../x.png,b\np,b\n,b\n"
      "p/2.png,b\n";
  const std::string error = manifest_error(text);
  EXPECT_THAT(error, HasSubstr("6 of 8 rows cannot be used"));
  EXPECT_THAT(error, AllOf(HasSubstr("scans.csv:3: there is no picture"), HasSubstr("gone.png")));
  for (const char* line : {":4: ", ":5: ", ":6: "}) {
    EXPECT_THAT(error, HasSubstr(std::string("scans.csv") + line + "the path \""));
  }
  EXPECT_THAT(error, HasSubstr("scans.csv:8: the path of the picture is empty"));
  const ImageDataset data = read(text, {.on_bad_row = OnBadRow::skip});
  EXPECT_EQ(data.size(), 2);
  EXPECT_EQ(data.bad_rows.size(), 6u);
}

// The lists of caffe: a path and a label a line, without a header.
TEST_F(Manifest, ATextFileIsATable) {
  const auto list = [&](const std::string& text, const ImageManifestOptions& options = {}) {
    add("list.txt", text);
    return read_image_manifest(root_ / "list.txt", options);
  };
  std::vector<std::string> told;
  set_log_sink([&](LogLevel, std::string_view text) { told.emplace_back(text); });
  for (const std::string separator : {" ", "\t", ",", ";"}) {
    const ImageDataset data = list(fmt::format("p/1.png{0}cat\np/2.png{0}dog\n", separator));
    EXPECT_THAT(data.label_names, ElementsAre("cat", "dog")) << separator;
  }
  EXPECT_THAT(told[0], HasSubstr("no header line; its columns are taken for path and label, "
                                 "separated by blanks"));
  EXPECT_EQ(told.size(), 4U);
  set_log_sink({});
  EXPECT_THAT(list("n path label\n1 p/1.png a\n2 p/2.png b\n").label_names, ElementsAre("a", "b"));
  ImageManifestOptions options{.reader = {.column_names = {"label", "path"}}};
  EXPECT_THAT(list("a p/1.png\nb p/2.png\n", options).label_names, ElementsAre("a", "b"));
  options.reader.delimiter = ':';
  EXPECT_THAT(list("a:p/1.png\nb:p/2.png\n", options).label_names, ElementsAre("a", "b"));
  const auto refused = [&](const std::string& text, const ImageManifestOptions& with = {}) {
    return error_of(ErrorKind::user, [&] { list(text, with); });
  };
  EXPECT_THAT(refused("gone.png a\np/2.png b\n"),
              AllOf(HasSubstr("list.txt: the first line, \"gone.png a\", has no column \"path\""),
                    HasSubstr("--columns"), HasSubstr("--delimiter"), HasSubstr("--root")));
  EXPECT_THAT(refused("p/1.png a x y\n", {.reader = {.column_names = {"path", "label"}}}),
              HasSubstr("--columns names 2 columns"));
}

TEST_F(Manifest, AnErrorOfWhatIsLeftKeepsTheRowsLeftOut) {
  const ImageManifestOptions skip{.on_bad_row = OnBadRow::skip};
  try {
    read("path,label\np/1.png,cat\np/2.png,cat\np/x/3.png,dog\n", skip);
    FAIL();
  } catch (const ErrorBesideBadRows& error) {
    EXPECT_THAT(error.reason(), AllOf(HasSubstr("all 2 rows have the label \"cat\""),
                                      Not(HasSubstr("there is no picture"))));
    ASSERT_EQ(error.rows().size(), 1U);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("1 row had been left out"), HasSubstr("scans.csv:4"),
                                    HasSubstr("there is no picture")));
  }
}

TEST_F(Manifest, TheRootIsWherePathsBegin) {
  ImageManifestOptions options{.root = root_ / "p"};
  EXPECT_EQ(read("path,label\n1.png,a\n2.png,b\n", options).size(), 2);
  EXPECT_THAT(manifest_error("path,label\n1.png,a\n../q/3.png,b\n", options),
              HasSubstr("leaves the folder"));
  options.root = root_ / "gone";
  EXPECT_THAT(manifest_error("path,label\n1.png,a\n", options, ErrorKind::user),
              HasSubstr("no such folder"));
}

TEST_F(Manifest, NamesUnknownLabelsAndSplits) {
  EXPECT_THAT(manifest_error("path,label\np/1.png,wel\n", {.label_names = {"sick", "well"}}),
              AllOf(HasSubstr("scans.csv:2: unknown label \"wel\" (did you mean \"well\"?)"),
                    HasSubstr("known labels: sick, well")));
  const ImageManifestOptions split{.columns = {.split_column = "s"}};
  EXPECT_THAT(manifest_error("path,label,s\np/1.png,a,tran\n", split),
              HasSubstr("the split is \"tran\", expected train, validation or test"));
  EXPECT_THAT(manifest_error("path,label,s\np/1.png,a,train\np/2.png,b, \n", split),
              HasSubstr("scans.csv:3: the split is \" \", expected train"));
  EXPECT_THAT(manifest_error("file,label\np/1.png,a\n"), HasSubstr("path"));
}

TEST_F(Manifest, RefusesAGroupOnBothSides) {
  const ImageManifestOptions options{.columns = {.split_column = "s", .group_column = "patient"}};
  const std::string error = manifest_error(
      "path,label,s,patient\np/1.png,a,train,A\np/2.png,b,train,B\nq/3.png,a,test,B\n", options);
  EXPECT_THAT(error, AllOf(HasSubstr("1 groups have examples in two of the given splits"),
                           HasSubstr("\"B\": "), HasSubstr("2.png) is in train"),
                           HasSubstr("3.png) is in test"), Not(HasSubstr("\"A\""))));
  EXPECT_EQ(read("path,label,s,patient\np/1.png,a,train,A\np/2.png,b,train,A\n", options).size(),
            2);
}

TEST(ImageDataset, GroupsWithoutANameAreAlone) {
  ImageDataset data;
  for (const char* group : {"x", "", "x", ""}) {
    ImageExample example;
    example.group = group;
    data.examples.push_back(example);
  }
  EXPECT_THAT(data.group_ids(), ElementsAre(0, 1, 0, 2));
  EXPECT_TRUE(data.has_groups());
}

TEST(ImageDataset, SaysWhatAPictureOfABlockIs) {
  const std::vector<std::uint8_t> samples = {1, 2, 3, 4, 5, 6, 7, 8};
  ImageDataset data;
  data.blocks.push_back({"x.npz: train_images", 2, 2, 2, 1, samples, nullptr});
  ImageExample example;
  example.block = 0;
  example.index = 1;
  data.examples.push_back(example);
  EXPECT_EQ(data.source_name(0), "x.npz: train_images[1]");
  EXPECT_THAT(data.blocks[0].image(1).samples, ElementsAre(5, 6, 7, 8));
  EXPECT_THROW(data.blocks[0].image(2), Error);
  EXPECT_THROW(data.source_name(1), Error);
}

TEST(ImageStatistics, CountsClassesSizesAndDuplicates) {
  const auto make = [](std::vector<std::int64_t> labels, const std::string& group) {
    ImageDataset data;
    data.label_names = {"a", "b"};
    for (const std::int64_t label : labels) {
      ImageExample example;
      example.label = label;
      example.group = group;
      example.path = fmt::format("{}{}.png", group, data.size());
      data.examples.push_back(example);
    }
    return data;
  };
  const ImageDataset train = make({0, 0, 1}, "t"), test = make({1, 1}, "u");
  const std::vector<Size> sizes = {{10, 20}, {30, 5}, {20, 8}};
  const std::vector<ImageSplitView> views = {{"train", &train, sizes, {7, 7, 8}},
                                             {"test", &test, {}, {7, 0}}};
  const DatasetStatistics statistics = compute_statistics(views);
  EXPECT_THAT(statistics.splits[0].class_counts, ElementsAre(2, 1));
  EXPECT_EQ(statistics.splits[0].sizes->median_height, 20);
  EXPECT_EQ(statistics.splits[0].sizes->min_width, 5);
  ASSERT_EQ(statistics.duplicates.size(), 2u);
  EXPECT_EQ(statistics.duplicates[0].count, 1);
  EXPECT_EQ(statistics.duplicates[1].conflicting, 1);
  EXPECT_EQ(statistics.equal.back(), ExamplePair({0, 0}, {1, 0}));
  const std::string text = statistics.to_text();
  EXPECT_THAT(text, AllOf(HasSubstr("5 / 8 / 20"), HasSubstr("groups")));
  EXPECT_EQ(statistics.to_json()["splits"][0]["sizes"]["height"]["max"], 30);
}

}  // namespace
}  // namespace attune
