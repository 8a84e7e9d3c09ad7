#include "attune/data/image/image_scan.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/media/image/encode.h"
#include "attune/media/image/testing/noise_jpeg.h"

namespace attune {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Two pictures that can be used, and one between them that cannot.
class Pictures : public ::testing::Test {
 protected:
  Pictures() {
    add("a.jpg", noise_jpeg(6, 8, 1));
    add("broken.png", "no picture");
    add("b.png", encode_png(Image(4, 5, 3)));
    data_.skipped_files = {"notes.txt"};
  }
  void add(const std::string& name, const std::string& bytes) {
    const fs::path path = folder_.path() / name;
    write_file_atomically(path, bytes);
    data_.examples.push_back({.path = path.string()});
  }
  std::vector<ImageScan> scan(OnBadRow on_bad_row, std::int64_t threads = 2) {
    const std::pair<std::string, ImageDataset*> part{"train", &data_};
    return scan_images({&part, 1}, {}, on_bad_row, threads, known_);
  }

  TemporaryFolder folder_;
  ImageDataset data_;
  ScannedPictures known_;
};

TEST_F(Pictures, NamesThoseThatCannotBeUsed) {
  EXPECT_THAT(error_of(ErrorKind::data, [&] { scan(OnBadRow::error); }),
              AllOf(HasSubstr("broken.png: "), HasSubstr("pictures")));
  EXPECT_EQ(data_.size(), 3);
}

TEST_F(Pictures, LeavesThemOutWhereAsked) {
  const std::vector<ImageScan> scans = scan(OnBadRow::skip);
  ASSERT_EQ(data_.size(), 2);
  ASSERT_EQ(scans[0].sizes.size(), 2U);
  EXPECT_EQ(scans[0].sizes[0].width, 8);
  EXPECT_EQ(scans[0].sizes[1].height, 4);
  EXPECT_NE(scans[0].hashes[0], scans[0].hashes[1]);
  EXPECT_FALSE(scans[0].has_deep);
  ASSERT_EQ(data_.bad_rows.size(), 1U);
  EXPECT_THAT(data_.bad_rows[0].file, HasSubstr("broken.png"));
  EXPECT_EQ(data_.skipped_files.size(), 1U);
}

TEST_F(Pictures, FormatsThatNamesDoNotSayAreKept) {
  add("c.jpg", encode_png(Image(4, 5, 3)));
  EXPECT_THAT(scan(OnBadRow::skip)[0].mislabelled, testing::ElementsAre(2));
}

TEST_F(Pictures, LooksInsteadOfADigest) {
  ScannedPictures known;
  std::vector<std::pair<std::string, ImageDataset*>> parts = {{"train", &data_}};
  const std::vector<ImageScan> scans = scan_images(parts, {}, OnBadRow::skip, 2, known, true);
  ASSERT_EQ(scans[0].looks.size(), 2U);
  EXPECT_NE(scans[0].looks[0].pixels, scans[0].looks[1].pixels);
  EXPECT_TRUE(scans[0].hashes.empty());
}

/// White but for a dot.
Image dot(std::int64_t y, std::int64_t x) {
  Image image(64, 64, 3);
  std::ranges::fill(image.samples, std::uint8_t{255});
  for (int c = 0; c < 3; ++c) image.row(y)[3 * x + c] = 0;
  return image;
}

std::string ppm_of(const Image& image) {
  const std::string head = fmt::format("P6 {} {} 255\n", image.width, image.height);
  return head + std::string(image.samples.begin(), image.samples.end());
}

// The dot moves within one of the 32 x 32 boxes of 2 x 2 pixels, so that all frequencies are the
// same: equal is what has the same samples, in whatever file, and nothing else.
TEST(EqualPixels, AreThoseOfTheSameSamples) {
  const TemporaryFolder folder;
  ImageDataset data;
  const auto add = [&](const std::string& name, const std::string& bytes) {
    write_file_atomically(folder.path() / name, bytes);
    data.examples.push_back({.path = (folder.path() / name).string()});
  };
  add("dot.png", encode_png(dot(10, 20)));
  add("copy.png", encode_png(dot(10, 20)));
  add("moved.png", encode_png(dot(11, 21)));
  add("other_file.ppm", ppm_of(dot(10, 20)));
  add("elsewhere.png", encode_png(dot(40, 20)));
  add("elsewhere_again.png", encode_png(dot(40, 20)));
  std::vector<std::pair<std::string, ImageDataset*>> parts = {{"train", &data}};
  for (const int threads : {1, 2}) {
    ScannedPictures known;
    const auto looks = scan_images(parts, {}, OnBadRow::error, threads, known, true)[0].looks;
    EXPECT_EQ(looks[0].likeness, looks[2].likeness);
    EXPECT_EQ(looks[0].pixels, looks[1].pixels);
    EXPECT_NE(looks[0].pixels, looks[2].pixels);
    EXPECT_EQ(looks[0].pixels, looks[3].pixels);
    EXPECT_NE(looks[0].pixels, looks[4].pixels);
    EXPECT_EQ(looks[4].pixels, looks[5].pixels);
    EXPECT_NE(looks[2].pixels, looks[4].pixels);
    for (const PictureLook& look : looks) EXPECT_NE(look.pixels, 0U);
  }
}

TEST(ScanImages, TellsTheModesOfFiles) {
  const TemporaryFolder folder;
  ImageDataset data;
  for (const int channels : {1, 3}) {
    const fs::path path = folder.path() / fmt::format("{}.png", channels);
    write_file_atomically(path, encode_png(Image(4, 5, channels)));
    data.examples.push_back({.path = path.string()});
  }
  ScannedPictures known;
  std::vector<std::pair<std::string, ImageDataset*>> parts = {{"train", &data}};
  const auto modes = scan_images(parts, {}, OnBadRow::error, 1, known)[0].modes;
  EXPECT_EQ(mode_name(modes[0].value()), "grey");
  EXPECT_EQ(mode_name(modes[1].value()), "RGB");
}

TEST_F(Pictures, DecodesWhatIsKnownNoMore) {
  const std::vector<ImageScan> first = scan(OnBadRow::skip, 1);
  for (const ImageExample& example : data_.examples) fs::remove(example.path);
  const std::vector<ImageScan> again = scan(OnBadRow::error);  // the files are gone
  EXPECT_EQ(again[0].hashes, first[0].hashes);
}

}  // namespace
}  // namespace attune
