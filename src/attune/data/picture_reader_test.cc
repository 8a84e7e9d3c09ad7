#include "attune/data/picture_reader.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "attune/base/error.h"
#include "attune/media/image/encode.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class PictureReader : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("attune-picture-{}", getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

  fs::path folder_;
};

Image gradient(std::int64_t channels) {
  Image image(3, 5, channels);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    image.samples[i] = static_cast<std::uint8_t>(11 * i);
  }
  return image;
}

TEST_F(PictureReader, ReadsFilesAndBlocksAlike) {
  const Image image = gradient(3);
  ImageDataset dataset;
  dataset.blocks.push_back({.name = "block",
                            .count = 1,
                            .height = 3,
                            .width = 5,
                            .channels = 3,
                            .samples = image.samples});
  dataset.examples = {{.path = write("a.png", encode_png(image))}, {.block = 0}};
  for (const std::int64_t example : {0, 1}) {
    EXPECT_EQ(std::get<Image>(read_picture(dataset, example, {})), image);
  }
  EXPECT_EQ(PictureFile(dataset.examples[0].path).shown_size({}), (Size{3, 5}));
}

TEST_F(PictureReader, GivesTheChannelsThatAreAskedFor) {
  const PictureFile grey(write("grey.png", encode_png(gradient(1))));
  const auto rgb = std::get<Image>(grey.decode({.channels = 3}));
  EXPECT_EQ(rgb.channels, 3);
  EXPECT_EQ(rgb.samples[4], rgb.samples[3]);
  EXPECT_EQ(std::get<Image>(with_channels(rgb, 1)), gradient(1));
}

TEST_F(PictureReader, TheSamePixelsHaveTheSameHash) {
  const Image image = gradient(3);
  FloatImage deep(3, 5, 3);
  EXPECT_EQ(pixel_hash(image), pixel_hash(Image(image)));
  EXPECT_NE(pixel_hash(image), pixel_hash(deep));
  Image turned(5, 3, 3);
  turned.samples = image.samples;
  EXPECT_NE(pixel_hash(image), pixel_hash(turned));
}

TEST_F(PictureReader, AnEmptyFileIsNamed) {
  try {
    PictureFile(write("empty.jpg", ""));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_THAT(error.what(), HasSubstr("empty.jpg"));
  }
}

}  // namespace
}  // namespace attune
