#include "attune/data/fingerprint.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace attune
