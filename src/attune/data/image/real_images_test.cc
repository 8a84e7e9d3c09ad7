// The readers on the real data beside the project; left out, aloud, where they are not there.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/data/image/arrays/medmnist.h"
#include "attune/data/image/image_folder.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

fs::path real_data(const std::string& name) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  return root / "data" / name;
}

TEST(RealImages, TheStrayGifOfHymenopteraIsLeftOut) {
  const fs::path folder = real_data("image-hymenoptera/train");
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not there; set ATTUNE_SHARED";
  const ImageDataset data = read_image_folder(folder);
  EXPECT_THAT(data.label_names, ElementsAre("ants", "bees"));
  EXPECT_THAT(data.class_counts(), ElementsAre(123, 121));
  EXPECT_THAT(data.skipped_files, ElementsAre(EndsWith("imageNotFound.gif")));
}

TEST(RealImages, PneumoniaMnistHasItsThreeParts) {
  const fs::path path = real_data("med-pneumoniamnist/pneumoniamnist.npz");
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set ATTUNE_SHARED";
  const ImageDataset data = read_medmnist(path, {"normal", "pneumonia"});
  EXPECT_EQ(data.part(GivenSplit::train).size(), 3882);
  EXPECT_EQ(data.part(GivenSplit::validation).size(), 524);
  EXPECT_THAT(data.part(GivenSplit::test).class_counts(), ElementsAre(234, 390));
  EXPECT_EQ(data.blocks[2].image(623).width, 28);
}

}  // namespace
}  // namespace attune
