#include "attune/data/image/image_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using testing::HasSubstr;

/// Empty files for pictures: nothing here opens them.
class PictureNames : public ::testing::Test {
 protected:
  std::string add(const std::string& folder, int count) const {
    for (int n = 0; n < count; ++n) {
      const fs::path path = folder_.path() / folder / fmt::format("{}.png", n);
      make_directories(path.parent_path());
      write_file_atomically(path, "x");
    }
    return (folder_.path() / folder).string();
  }
  static ImageParts load(const ImageDataOptions& options, const ManifestColumns& columns = {}) {
    return load_image_parts(options, columns, LabelKind::single_label, 7);
  }

  TemporaryFolder folder_;
};

TEST_F(PictureNames, FoldersOfPartsAreTheParts) {
  add("all/train/a", 3), add("all/train/b", 2), add("all/val/a", 1), add("all/test/b", 2);
  const std::string all = (folder_.path() / "all").string();
  const ImageParts parts = load({.train_dir = all});
  EXPECT_EQ(parts.train.size(), 5);
  EXPECT_EQ(parts.validation->size(), 1);
  EXPECT_EQ(parts.test->size(), 2);
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] { load({.train_dir = all, .split = {.validation_split = 0.2}}); }),
              HasSubstr("the data has a validation part already (1 pictures)"));
}

TEST_F(PictureNames, AManifestHoldsOutWholeGroups) {
  add("p", 40);
  std::string table = "path,label,patient\n";
  for (int n = 0; n < 40; ++n) table += fmt::format("p/{}.png,{},{}\n", n, n % 2, n % 10);
  const fs::path manifest = folder_.path() / "scans.csv";
  write_file_atomically(manifest, table);
  const ImageParts parts = load({.manifest = manifest.string(), .split = {.validation_split = 0.2}},
                                {.division = {.group_column = "patient"}});
  EXPECT_EQ(parts.validation->size(), 8);
  for (const ImageExample& held : parts.validation->examples) {
    for (const ImageExample& example : parts.train.examples) EXPECT_NE(held.group, example.group);
  }
}

TEST_F(PictureNames, OtherFoldersAreValidationAndTest) {
  add("train/a", 2), add("train/b", 2), add("new/a", 1), add("new/b", 1);
  const std::string train = (folder_.path() / "train").string();
  const std::string other = (folder_.path() / "new").string();
  const ImageParts parts = load({.train_dir = train, .validation_dir = other, .test_dir = other});
  EXPECT_EQ(parts.train.size(), 4);
  EXPECT_EQ(parts.validation->size(), 2);
  EXPECT_EQ(parts.test->size(), 2);
  EXPECT_EQ(image_statistics(parts, {}).splits.size(), 3U);
  EXPECT_THAT(
      error_of(ErrorKind::user,
               [&] { load_image_parts({.train_dir = train}, {}, LabelKind::multi_label, 7); }),
      HasSubstr("its labels are one class for each picture"));
}

TEST(ImageDataSource, IsOneOfThree) {
  const auto found = [](const ImageDataSource& source) {
    config::Problems problems;
    find_source_problems(source, "--train-dir", problems);
    return error_of([&] { problems.throw_if_any(); });
  };
  EXPECT_EQ(found({.folder = "a"}), "no error");
  EXPECT_THAT(found({}), HasSubstr("one of --train-dir, --manifest and --data-file is needed"));
  EXPECT_THAT(found({.folder = "a", .file = "b"}), HasSubstr("just one of"));
  EXPECT_THAT(found({.folder = "a", .root = "r"}), HasSubstr("--root"));
}

}  // namespace
}  // namespace attune
