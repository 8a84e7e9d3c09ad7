#include "attune/base/coding/base64.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(Base64, encodes_the_vectors_of_the_rfc) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, encodes_bytes_of_any_value) {
  EXPECT_EQ(base64_encode(std::string_view("\0\xff\xfb\xf0", 4)), "AP/78A==");
}

}  // namespace
}  // namespace attune
