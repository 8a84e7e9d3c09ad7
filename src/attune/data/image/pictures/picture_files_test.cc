#include "attune/data/image/pictures/picture_files.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/temporary_folder.h"
#include "attune/data/folder_files.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

class PictureFiles : public ::testing::Test {
 protected:
  void add(const std::string& name) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << "x";
  }
  /// Relative to the root.
  std::vector<std::string> names(const std::vector<std::string>& files) const {
    std::vector<std::string> names;
    for (const std::string& file : files) {
      names.push_back(fs::path(file).lexically_relative(root_).string());
    }
    return names;
  }

  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(PictureFiles, FollowsLinksAndEndsWhereTheyLeadBack) {
  for (const char* name : {"in/2.png", "in/1.jfif", "elsewhere/3.pgm"}) add(name);
  fs::create_directory_symlink(root_ / "elsewhere", root_ / "in/linked");
  fs::create_directory_symlink(root_ / "in", root_ / "in/linked/back");
  fs::create_symlink(root_ / "in/2.png", root_ / "in/alias.JPG");
  EXPECT_THAT(names(find_pictures(root_ / "in").pictures),
              ElementsAre("in/1.jfif", "in/2.png", "in/alias.JPG", "in/linked/3.pgm"));
}

TEST_F(PictureFiles, LeavesOutWhatIsHiddenAndCountsTheRestByEnding) {
  for (const char* name :
       {"a/1.png", ".ipynb_checkpoints/1-checkpoint.png", "__MACOSX/a/1.png", "a/._1.png",
        "a/x.HEIC", "b/y.heic", "a/Thumbs.db", "a/README", "a/bar.gif"}) {
    add(name);
  }
  const FoundPictures found = find_pictures(root_);
  EXPECT_THAT(names(found.pictures), ElementsAre("a/1.png"));
  EXPECT_EQ(count_endings(found.left_out), "2 .heic, 1 without ending, 1 .db, 1 .gif");
  // Who names a hidden folder means it.
  EXPECT_EQ(find_pictures(root_ / ".ipynb_checkpoints").pictures.size(), 1U);
}

TEST_F(PictureFiles, ShortensLongLists) {
  std::vector<std::string> files;
  for (char ending = 'a'; ending <= 'm'; ++ending) files.push_back(std::string("x.") + ending);
  EXPECT_THAT(count_endings(files), ::testing::EndsWith("1 .j, 3 with other endings"));
}

}  // namespace
}  // namespace attune
