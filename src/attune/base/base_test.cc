#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/base/threads.h"

namespace attune {
namespace {

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

TEST(Rng, GivesTheSameNumbersForEver) {
  // Computed by a second implementation, in Python: seeds of published runs must keep their
  // meaning. The first is splitmix64's first number from 0.
  EXPECT_EQ(mix_key(0, 0), 0xe220a8397b1dcdafULL);
  const Rng rng(7, "shuffle", 1, 2);
  EXPECT_EQ(rng.key(), 0x542b6f2fdd2aa938ULL);
  EXPECT_EQ(rng.bits(0), 0xb0a2a615dbf16ecbULL);
  EXPECT_EQ(rng.bits(1ULL << 40), 0x1aed083ea9df5ac4ULL);
  EXPECT_EQ(rng.uniform(0), 0.6899818232886382);
  EXPECT_NEAR(rng.normal(0), 1.4266424874384458, 1e-14);
  std::vector<std::uint64_t> dice;
  for (std::uint64_t i = 0; i < 8; ++i) dice.push_back(rng.below(i, 6));
  EXPECT_EQ(dice, (std::vector<std::uint64_t>{4, 0, 3, 3, 5, 0, 5, 4}));
  EXPECT_EQ(rng.permutation(10), (std::vector<std::int64_t>{7, 8, 9, 3, 0, 6, 5, 4, 2, 1}));
  EXPECT_EQ(rng.below(3, 1), 0U);
  EXPECT_TRUE(rng.permutation(0).empty());
}

TEST(Rng, PurposesThatContinueEachOtherAreApart) {
  EXPECT_NE(Rng(1, "ab").key(), Rng(1, "a", 'b').key());
  EXPECT_NE(Rng(1, "a", 1, 0).key(), Rng(1, "a", 0, 1).key());
  EXPECT_NE(Rng(0, "").key(), 0U);
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
  EXPECT_EQ(shorten_utf8("d\xC3\xA9j\xC3\xA0", 4), "d\xC3\xA9j\xC3\xA0");
  EXPECT_EQ(shorten_utf8("abc", 0), "...");
  EXPECT_EQ(shorten_utf8("", 0), "");
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

TEST(Json, RefusesWhatReadersUnderstandDifferently) {
  const auto problem = [](std::string_view text) {
    return error_of(ErrorKind::data, [&] { parse_json(text, "x.json"); });
  };
  for (const char* bad :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "[1] 2", "NaN", "[Infinity]", "[01]", "['a']",
        "// c\n1", "{a:1}", "[1e999]", "\"\xff\"", "\"\\ud800\"", "\"a\nb\"", "\xef\xbb"}) {
    EXPECT_NE(problem(bad), "no error") << bad;
  }
  EXPECT_NE(problem(R"({"a":[{"b":1,"b":2}]})").find("\"b\" stands twice"), std::string::npos);
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_NO_THROW(parse_json(nested(64), "x"));
  EXPECT_NE(problem(nested(66)).find("deeper than 64"), std::string::npos);
}

TEST(Json, KeepsNumbersAndTheOrderOfKeys) {
  const std::string text = R"({"z":18446744073709551615,"a":-9223372036854775808,"m":1e-5,"b":[]})";
  EXPECT_EQ(dump_json_line(parse_json(text, "x")),
            R"({"z":18446744073709551615,"a":-9223372036854775808,"m":1e-05,"b":[]})");
  EXPECT_EQ(parse_json("\xef\xbb\xbf[1]", "x")[0], 1);  // a mark of byte order
  // A file's name need not be text.
  EXPECT_EQ(dump_json_line(Json("a\xff"
                                "b")),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(dump_json(Json{{"a", 1}}), "{\n  \"a\": 1\n}\n");
}

// Objects and arrays of any size: 200,000 members took minutes where each was searched for.
TEST(Json, TakesTimeLinearInTheText) {
  std::string object = "{", array = "[";
  for (int i = 0; i < 200'000; ++i) {
    object += fmt::format("{}\"key {}\":{}", i == 0 ? "" : ",", i, i);
    array += fmt::format("{}{{\"id\":{}}}", i == 0 ? "" : ",", i);
  }
  const std::clock_t start = std::clock();
  const Json members = parse_json(object + "}", "x"), elements = parse_json(array + "]", "x");
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 2);
  EXPECT_EQ(members.size(), 200'000U);
  EXPECT_EQ(elements.at(199'999).at("id"), 199'999);
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

TEST(Strings, SuggestNothingFarAway) {
  const std::vector<std::string> names = {"seed", "speed"};
  EXPECT_EQ(nearest_name("see", names), "seed");
  EXPECT_EQ(nearest_name("s", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name("seed", {}), "");
  EXPECT_EQ(did_you_mean("speeed", names), " (did you mean \"speed\"?)");
  EXPECT_EQ(did_you_mean("zebra", names), "");
}

TEST(Strings, NumbersForPeople) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(-1000), "-1,000");
  EXPECT_EQ(with_thousands(std::numeric_limits<long long>::min()), "-9,223,372,036,854,775,808");
  EXPECT_EQ(with_thousands(std::numeric_limits<long long>::max()), "9,223,372,036,854,775,807");
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes((1 << 20) - 1), "1.0 MiB");  // not 1024.0 KiB
  EXPECT_EQ(human_bytes(~0ULL), "16777216.0 TiB");
}

TEST(Strings, DurationsForPeople) {
  EXPECT_EQ(human_duration(0), "0.0s");
  EXPECT_EQ(human_duration(59.94), "59.9s");
  EXPECT_EQ(human_duration(59.96), "1m 00s");  // not 60.0s
  EXPECT_EQ(human_duration(119.6), "2m 00s");
  EXPECT_EQ(human_duration(3599.6), "1h 00m");
  EXPECT_EQ(human_duration(360000), "100h 00m");
  EXPECT_EQ(human_duration(-1), "?");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(human_duration(std::numeric_limits<double>::infinity()), "?");
}

TEST(Strings, SplitAndTrim) {
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(trim(" \t\r\na b\v\f "), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_TRUE(iequals_ascii("YAML", "yaml"));
  EXPECT_FALSE(iequals_ascii("yam", "yaml"));
  EXPECT_EQ(to_lower_ascii("\xC3\x89"
                           "A"),
            "\xC3\x89"
            "a");  // letters of ASCII alone
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

TEST(Threads, TellOfTheFirstFaultWhicheverComesFirst) {
  for (int run = 0; run < 20; ++run) {
    const std::string message = error_of(ErrorKind::data, [] {
      parallel_for(1000, 1, 8, [](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i) {
          check(i % 100 != 37, ErrorKind::data, "sample {} is damaged", i);
        }
      });
    });
    EXPECT_EQ(message, "sample 37 is damaged");
  }
}

TEST(Threads, DoNothingForNothingAndGoInOrderAlone) {
  parallel_for(0, 1, 4, [](auto, auto) { FAIL(); });
  parallel_for(-3, 1, 4, [](auto, auto) { FAIL(); });
  std::int64_t next = 0;
  parallel_for(100, 1, 1, [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin, next);
    next = end;
  });
  EXPECT_EQ(next, 100);
  next = 0;
  parallel_for(10, 0, 1, [&](auto, auto end) { next = end; });  // a grain of 0 counts as 1
  EXPECT_EQ(next, 10);
}

TEST(Threads, ErrorsOfOtherLibrariesArriveToo) {
  EXPECT_THROW(parallel_for(100, 1, 4, [](auto, auto) { throw std::out_of_range("theirs"); }),
               std::out_of_range);
}

TEST(Error, SaysTheLimitThatWasMetAndWhatHelps) {
  EXPECT_THAT(error_of(ErrorKind::io, [] { fail_io("write", "/tmp/x", ENOSPC); }),
              ::testing::MatchesRegex("cannot write /tmp/x: No space left on device; .* are free "
                                      "there: free some space or choose another folder"));
  EXPECT_THAT(io_hint(EMFILE, ""), ::testing::HasSubstr("(ulimit -n)"));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 8 << 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_EQ(io_hint(EFBIG, "x"), "; the limit of a file's size is 8.0 MiB: raise it (ulimit -f)");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(io_hint(EIO, "x"), "");
}

}  // namespace
}  // namespace attune
