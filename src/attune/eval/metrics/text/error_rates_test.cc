#include "attune/eval/metrics/text/error_rates.h"

#include <cmath>

#include <gmock/gmock.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint32_t> random_tokens(std::size_t count, std::uint64_t kinds, int stream) {
  const Rng rng(3, "tokens", static_cast<std::uint64_t>(stream));
  std::vector<std::uint32_t> tokens(count);
  for (std::size_t i = 0; i < count; ++i) {
    tokens[i] = static_cast<std::uint32_t>(rng.below(i, kinds));
  }
  return tokens;
}

std::int64_t slow_distance(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::vector<std::int64_t> row(a.size() + 1);
  for (std::size_t i = 0; i <= a.size(); ++i) row[i] = static_cast<std::int64_t>(i);
  for (std::size_t j = 0; j < b.size(); ++j) {
    std::int64_t diagonal = row[0]++;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::int64_t here = std::min({row[i + 1] + 1, row[i] + 1, diagonal + (a[i] != b[j])});
      diagonal = std::exchange(row[i + 1], here);
    }
  }
  return row.back();
}

/// The edits lead from one to the other, and there are no fewer.
void expect_shortest(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::size_t i = 0, j = 0;
  const auto edits = align(a, b);
  for (const Edit edit : edits) {
    if (edit == Edit::match || edit == Edit::substitution) {
      ASSERT_EQ(a[i] == b[j], edit == Edit::match);
    }
    i += edit != Edit::insertion;
    j += edit != Edit::deletion;
  }
  EXPECT_EQ(i, a.size());
  EXPECT_EQ(j, b.size());
  EXPECT_EQ(count_edits(edits).errors(), slow_distance(a, b));
}

TEST(EditAlignment, is_a_shortest_way) {
  for (const std::size_t n : {0, 1, 2, 63, 64, 65, 130}) {
    for (const std::size_t m : {0, 1, 5, 64, 129}) {
      SCOPED_TRACE(std::to_string(n) + " x " + std::to_string(m));
      expect_shortest(random_tokens(n, 4, 1), random_tokens(m, 4, 2));
    }
  }
}

TEST(EditAlignment, of_long_texts_too) {
  // Beyond the matrix's 4 million cells: Hirschberg's halves.
  expect_shortest(random_tokens(3000, 6, 1), random_tokens(2500, 6, 2));
}

TEST(ErrorRates, counts_by_kind) {
  ErrorRates rates;
  rates.add("the cat sat on the mat", "the cat sit on mat today");
  // As short: sat for sit, no second "the", "today" more. jiwer counts three substitutions.
  EXPECT_EQ(rates.words()[0], (EditCounts{3, 3, 0, 0}));
  rates.add("", "oh");
  EXPECT_EQ(rates.words()[1], (EditCounts{0, 0, 0, 1}));
  EXPECT_DOUBLE_EQ(*rates.values().find("wer"), 4.0 / 6);
  EXPECT_DOUBLE_EQ(*rates.values().find("sentence_error_rate"), 1);
  EXPECT_EQ(rates.values().values.size(), ErrorRates::infos().size());
}

TEST(ErrorRates, is_undefined_without_references) {
  ErrorRates rates;
  rates.add(" ", "a");
  EXPECT_FALSE(rates.values().find("wer").has_value());
  EXPECT_FALSE(rates.values().find("cer").has_value());
}

TEST(ErrorRates, knows_white_space_and_code_points) {
  EXPECT_THAT(words_of(" a\u00a0b\t\u3000c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(characters_of(" \u00e4 b "), ElementsAre(0xe4, ' ', 'b'));
  ErrorRates rates;
  EXPECT_THAT(error_of(ErrorKind::data, [&] { rates.add("ab\xff", "a"); }),
              ::testing::HasSubstr("not UTF-8 at byte 2: \"ab\""));
}

TEST(ErrorRates, alignment_points_into_the_texts) {
  const WordAlignment alignment = align_words("a b c", "a x c d");
  EXPECT_THAT(alignment.reference, ElementsAre("a", "b", "c"));
  EXPECT_THAT(alignment.edits,
              ElementsAre(Edit::match, Edit::substitution, Edit::match, Edit::insertion));
}

TEST(ErrorRates, drawing_speakers_widens_the_interval) {
  ErrorRates rates;
  std::vector<std::int64_t> speakers;
  for (int i = 0; i < 60; ++i) {
    speakers.push_back(i / 20);  // one speaker of three is never understood
    rates.add("one two", i < 20 ? "four five" : "one two");
  }
  const Estimate by_text = rates.intervals({}, 400, 1)[0];
  const Estimate by_speaker = rates.intervals(speakers, 400, 1)[0];
  EXPECT_DOUBLE_EQ(by_text.value, 1.0 / 3);
  EXPECT_DOUBLE_EQ(by_speaker.value, 1.0 / 3);
  EXPECT_GT(by_speaker.high - by_speaker.low, 2 * (by_text.high - by_text.low));
}

}  // namespace
}  // namespace attune
