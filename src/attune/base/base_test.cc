#include <algorithm>
#include <atomic>
#include <set>

#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/files.h"
#include "attune/base/human.h"
#include "attune/base/json.h"
#include "attune/base/mmap.h"
#include "attune/base/rng.h"
#include "attune/base/suggest.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/base/threads.h"
#include "attune/base/utf8.h"

namespace attune {
namespace {

class FilesTest : public ::testing::Test {
 protected:
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST(Philox, MatchesTheReferenceVectors) {
  // Random123's known-answer file kat_vectors, philox4x32 with 10 rounds.
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, ~0ULL),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822ULL),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, IsAFunctionOfPurposeAndIndex) {
  const Rng a(1, "shuffle", 0);
  EXPECT_EQ(a.bits(7), Rng(1, "shuffle", 0).bits(7));
  EXPECT_NE(a.bits(7), a.bits(8));
  EXPECT_NE(a.bits(7), Rng(1, "shuffle", 1).bits(7));
  EXPECT_NE(a.bits(7), Rng(2, "shuffle", 0).bits(7));
  EXPECT_NE(a.bits(7), Rng(1, "dropout", 0).bits(7));
}

TEST(Rng, MomentsAreThoseOfTheDistribution) {
  const Rng rng(3, "moments");
  double sum = 0, normal_sum = 0, normal_squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double u = rng.uniform(static_cast<std::uint64_t>(i));
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    const double n = rng.normal(static_cast<std::uint64_t>(i));
    normal_sum += n;
    normal_squares += n * n;
  }
  EXPECT_NEAR(sum / kCount, 0.5, 0.005);
  EXPECT_NEAR(normal_sum / kCount, 0.0, 0.015);
  EXPECT_NEAR(normal_squares / kCount, 1.0, 0.02);
}

TEST(Rng, PermutationHoldsEveryIndexOnce) {
  auto order = Rng(4, "shuffle").permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Utf8, FindsTheFirstIllFormedByte) {
  EXPECT_EQ(find_invalid_utf8("plain text, longer than one word"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("d\xC3\xA9j\xC3\xA0 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80"),
            std::nullopt);
  EXPECT_EQ(find_invalid_utf8("abc\xE9 latin-1"), 3U);
  EXPECT_EQ(find_invalid_utf8("12345678\xC0\x80"), 8U);  // overlong
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);      // surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0U);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("ok\xE6\x97"), 2U);        // cut off
}

TEST(Utf8, DecodesWhatItEncodes) {
  for (const char32_t c : {U'a', U'\u00E9', U'\u65E5', U'\U0001F600', U'\U0010FFFF'}) {
    std::string text;
    append_utf8(text, c);
    std::size_t position = 0;
    EXPECT_EQ(next_code_point(text, position), c);
    EXPECT_EQ(position, text.size());
    EXPECT_EQ(utf8_length(text), 1U);
  }
  EXPECT_EQ(shorten_utf8("d\xC3\xA9j\xC3\xA0", 2), "d\xC3\xA9...");
}

TEST(Json, NamesThePlaceOfTheFault) {
  EXPECT_NE(error_of([] { parse_json("{\n \"a\": 1,\n \"b\": }", "x.json"); }).find("x.json:3:"),
            std::string::npos);
  EXPECT_EQ(error_of([] { parse_json(R"({"a":1,"a":2})", "x.json"); }),
            "x.json: the key \"a\" stands twice in one JSON object");
  EXPECT_NE(error_of([] { parse_json(std::string(100000, '['), "x.json"); }).find("nested deeper"),
            std::string::npos);
  EXPECT_EQ(parse_json(R"({"a":{"x":1},"b":{"x":2}})", "x")["b"]["x"], 2);
}

TEST(Json, HandsOneLargeObjectOutAsATable) {
  JsonTable table{{"model", "vocab"}, {}};
  const Json json = parse_json(
      R"({"list":[{"vocab":{"x":9}}],"model":{"type":"T","vocab":{"b":1,"a":2},"vocab2":{"c":3}}})",
      "x", table);
  EXPECT_EQ(json["model"].dump(), R"({"type":"T","vocab":{},"vocab2":{"c":3}})");
  EXPECT_EQ(json["list"][0]["vocab"]["x"], 9);
  ASSERT_EQ(table.members.size(), 2u);
  EXPECT_EQ(table.members[0].first, "b");
  EXPECT_EQ(table.members[1].second, 2);
  const auto parse_table = [](const char* text) {
    JsonTable inner{{"v"}, {}};
    parse_json(text, "x.json", inner);
  };
  EXPECT_NE(error_of([&] { parse_table(R"({"v":{"k":[1]}})"); }).find("expected a number"),
            std::string::npos);
  EXPECT_NE(error_of([&] { parse_table(R"({"v":{"k":1,"k":2}})"); }).find("stands twice"),
            std::string::npos);
}

TEST(Strings, OffersTheNearestName) {
  const std::vector<std::string> names = {"learning_rate", "weight_decay", "seed"};
  EXPECT_EQ(nearest_name("learning_rat", names), "learning_rate");
  EXPECT_EQ(nearest_name("lerning_rate", names), "learning_rate");
  EXPECT_EQ(nearest_name("sede", names), "seed");
  EXPECT_EQ(nearest_name("batch", names), "");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_duration(125), "2m 05s");
}

TEST(Hash, MatchesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(std::string_view("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Hasher sha1(HashAlgorithm::sha1);
  sha1.update(std::string_view("abc"));
  EXPECT_EQ(sha1.hex_digest(), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Threads, CoversEveryIndexOnceAndRethrows) {
  std::vector<std::atomic<int>> seen(10000);
  parallel_for(10000, 16, 4, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](const auto& n) { return n == 1; }));
  EXPECT_THROW(parallel_for(100, 1, 4, [](auto, auto) { fail(ErrorKind::data, "bad"); }), Error);
}

TEST_F(FilesTest, ThreadsMayReplaceTheSameFile) {
  const fs::path path = folder_ / "shared";
  parallel_for(64, 1, 8, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) write_file_atomically(path, std::string(100, 'a' + i % 26));
  });
  const std::string content = read_file(path, 1000);
  EXPECT_EQ(content, std::string(100, content.at(0)));
}

TEST_F(FilesTest, AppearWholeOrNotAtAll) {
  const fs::path path = folder_ / "a.txt";
  { AtomicFile(path).write(std::string_view("half")); }
  EXPECT_TRUE(fs::is_empty(folder_));
  write_file_atomically(path, "whole");
  EXPECT_EQ(read_file(path, 100), "whole");
  EXPECT_EQ(MappedFile(path).bytes().size(), 5U);
  EXPECT_THROW(read_file(path, 4), Error);
}

TEST_F(FilesTest, StagedDirectoryIsRenamedOnCommit) {
  {
    StagedDirectory staged(folder_ / "checkpoint");
    write_file_atomically(staged.path() / "x", "1");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  StagedDirectory staged(folder_ / "checkpoint");
  write_file_atomically(staged.path() / "x", "1");
  staged.commit();
  EXPECT_EQ(read_file(folder_ / "checkpoint" / "x", 10), "1");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(FilesTest, ErrorsNamePathAndCause) {
  const auto message = error_of([&] { read_file(folder_ / "missing", 10); });
  EXPECT_NE(message.find("missing: No such file or directory"), std::string::npos) << message;
}

}  // namespace
}  // namespace attune
