#include "attune/data/fingerprint.h"

#include <gtest/gtest.h>

#include "attune/base/files.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

TextDataset texts() {
  TextDataset data{.label_kind = LabelKind::multi_label, .files = {"a.csv"}};
  data.examples = {{.text = "good film", .label = 1},
                   {.text = "bad", .text_pair = "worse", .label_set = {0, 2}, .target = 0.5}};
  return data;
}

ImageDataset pictures() {
  ImageDataset data;
  data.examples = {{.path = "a.png", .label = 1},
                   {.path = "b.png", .label_set = {0, 2}, .label_unknown = {1}, .target = 0.5}};
  return data;
}

// Runs that were stopped by earlier versions go on only if these stay: SHA-256 of one line an
// example, content and labels with tabs between.
TEST(Fingerprint, StaysWhatItWas) {
  EXPECT_EQ(fingerprint(texts()),
            "515ceee0c0fc5e027ec92247bbe9e0d51d49637c5867855b0495f7644ab61ab2");
  EXPECT_EQ(fingerprint(pictures(), std::vector<std::string>{"hash0", "hash1"}),
            "bc8615203a0addbb0b72548cd759aef13d2c9eab5de15879e8cdf6dcf18d226b");
}

TEST(Fingerprint, IsOfContentAndLabelsNotOfPlaces) {
  TextDataset moved = texts();
  moved.files = {"b.csv"};
  moved.examples[0].source.line = 9;
  EXPECT_EQ(fingerprint(moved), fingerprint(texts()));
  moved.examples[1].target = 0.25;
  EXPECT_NE(fingerprint(moved), fingerprint(texts()));
  const std::vector<std::string> hashes = {"x", "y"}, others = {"x", "z"};
  ImageDataset elsewhere = pictures();
  elsewhere.examples[0].path = "c.png";
  EXPECT_EQ(fingerprint(elsewhere, hashes), fingerprint(pictures(), hashes));
  EXPECT_NE(fingerprint(elsewhere, others), fingerprint(pictures(), hashes));
  EXPECT_NE(fingerprint(elsewhere, {}), fingerprint(pictures(), {}));  // names are all there is
}

TEST(ContentFingerprint, SeesAPictureThatWasOverwritten) {
  const TemporaryFolder folder;
  ImageDataset here = pictures();
  for (ImageExample& example : here.examples) {
    example.path = (folder.path() / example.path).string();
    write_file_atomically(example.path, "bytes of " + example.path);
  }
  const std::string before = contents_of(here).fingerprint;
  ImageDataset spelt_otherwise = here;
  spelt_otherwise.examples[0].path = (folder.path() / "." / "a.png").string();
  EXPECT_EQ(contents_of(spelt_otherwise).fingerprint, before);
  write_file_atomically(here.examples[1].path, "other bytes");
  const std::string overwritten = contents_of(here).fingerprint;
  EXPECT_NE(overwritten, before);
  fs::remove(here.examples[1].path);  // told by whoever decodes it
  EXPECT_NE(contents_of(here).fingerprint, overwritten);
}

TEST(ContentFingerprint, SeesThePixelsOfABlock) {
  std::vector<std::uint8_t> samples = {1, 2, 3, 4};
  ImageDataset data;
  data.blocks = {{.name = "x.npz", .count = 2, .height = 1, .width = 2, .channels = 1}};
  data.blocks[0].samples = samples;
  data.examples = {{.block = 0, .index = 0, .label = 0}, {.block = 0, .index = 1, .label = 1}};
  const std::string before = contents_of(data).fingerprint;
  data.blocks[0].name = "y.npz";
  EXPECT_EQ(contents_of(data).fingerprint, before);
  samples[3] = 5;
  EXPECT_NE(contents_of(data).fingerprint, before);
}

TEST(Contents, KeysAreOfWhatIsShownWhereverItStands) {
  TextDataset texts;
  texts.examples = {
      {.text = "a", .label = 0}, {.text = "b", .label = 1}, {.text = "a", .label = 1}};
  const std::vector<std::string> keys = contents_of(texts).keys;
  EXPECT_EQ(keys[0].size(), 16U);
  EXPECT_EQ(keys[0], keys[2]);
  EXPECT_NE(keys[0], keys[1]);
  texts.examples[1].text_pair = "c";
  EXPECT_NE(contents_of(texts).keys[1], keys[1]);
}

TEST(Fingerprint, OfClipsIsOfBytesTimesAndTranscripts) {
  TemporaryFolder folder;
  const auto write = [&](const char* name, const char* bytes) {
    write_file_atomically(folder.path() / name, bytes);
    return (folder.path() / name).string();
  };
  AudioDataset clips;
  clips.examples = {{.path = write("a.wav", "sound"), .seconds = 2, .text = "one"},
                    {.path = write("b.wav", "noise"), .begin = 0.5, .end = 1.5, .text = "two"}};
  const Contents contents = contents_of(clips);
  AudioDataset moved = clips;
  moved.examples[0].path = write("c.wav", "sound");
  moved.examples[0].group = "ann";
  EXPECT_EQ(contents_of(moved).fingerprint, contents.fingerprint);
  EXPECT_EQ(contents_of(moved).keys, contents.keys);
  moved.examples[0].text = "three";
  EXPECT_NE(contents_of(moved).fingerprint, contents.fingerprint);
  EXPECT_EQ(contents_of(moved).keys, contents.keys);
  moved = clips;
  moved.examples[1].end = 1.25;
  EXPECT_NE(contents_of(moved).fingerprint, contents.fingerprint);
  EXPECT_NE(contents_of(moved).keys[1], contents.keys[1]);
  write("a.wav", "Sound");
  EXPECT_NE(contents_of(clips).fingerprint, contents.fingerprint);
  EXPECT_EQ(contents.keys[0].size(), 16U);
  fs::remove(folder.path() / "a.wav");
  EXPECT_EQ(contents_of(clips).keys[0], "");
}

TEST(Contents, OfLabelledPicturesAreFilesAndBoxes) {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "a.jpg").string();
  write_file_atomically(path, "pixels");
  BoxDataset data{.label_names = {"cat"}};
  data.examples = {{.path = path, .boxes = {{.box = {1, 2, 3, 4}}}}};
  const Contents contents = contents_of(data);
  EXPECT_EQ(contents.keys, std::vector<std::string>{"6ec9c2b0eb140107"});
  const auto changed = [&](const auto& change) {
    BoxDataset other = data;
    change(other);
    return contents_of(other).fingerprint != contents.fingerprint;
  };
  EXPECT_FALSE(changed([](BoxDataset& other) { other.files = {"moved.csv"}; }));
  EXPECT_TRUE(changed([](BoxDataset& other) { other.label_names = {"dog"}; }));
  EXPECT_TRUE(changed([](BoxDataset& other) { other.examples[0].boxes[0].box.top = 2.5; }));
  EXPECT_TRUE(changed([](BoxDataset& other) { other.examples[0].boxes[0].crowd = true; }));
  EXPECT_TRUE(changed([](BoxDataset& other) { other.examples[0].boxes.clear(); }));
  write_file_atomically(path, "other pixels");
  EXPECT_NE(contents_of(data).keys, contents.keys);
}

}  // namespace
}  // namespace attune
