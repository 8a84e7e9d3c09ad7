#include "attune/media/text/ctc/forced_alignment.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kLabels = 3;  // blank, a, b

std::vector<float> random_rows(std::size_t frames, std::uint64_t stream) {
  const Rng rng(9, "alignment", stream);
  std::vector<float> result;
  for (std::size_t i = 0; i < frames * kLabels; ++i) {
    result.push_back(static_cast<float>(rng.normal(i) - 2));
  }
  return result;
}

std::vector<std::int64_t> said_by(std::span<const std::int64_t> way) {
  std::vector<std::int64_t> said;
  for (std::size_t t = 0; t < way.size(); ++t) {
    if (way[t] != 0 && (t == 0 || way[t] != way[t - 1])) said.push_back(way[t]);
  }
  return said;
}

/// The way itself: the label of each frame.
std::vector<std::int64_t> way_of(const CtcAlignment& alignment, std::size_t frames) {
  std::vector<std::int64_t> way(frames, 0);
  for (const AlignedSymbol& symbol : alignment.symbols) {
    for (std::int64_t t = symbol.begin; t < symbol.end; ++t) way[t] = symbol.label;
  }
  return way;
}

double score_of(std::span<const float> p, std::span<const std::int64_t> way) {
  double score = 0;
  for (std::size_t t = 0; t < way.size(); ++t) score += p[t * kLabels + way[t]];
  return score;
}

TEST(ForcedAlignment, is_the_best_of_all_ways_that_say_the_text) {
  const std::vector<std::vector<std::int64_t>> targets = {{},     {1},       {2, 1},
                                                          {1, 1}, {1, 2, 2}, {1, 2, 1, 2, 1}};
  for (std::uint64_t stream = 0; stream < 12; ++stream) {
    const auto& target = targets[stream % targets.size()];
    const std::size_t frames = 5 + stream % 3;
    const auto p = random_rows(frames, stream);
    double best = -std::numeric_limits<double>::infinity();
    std::vector<std::int64_t> way(frames, 0);
    for (bool more = true; more;) {
      if (said_by(way) == target) best = std::max(best, score_of(p, way));
      more = false;
      for (std::size_t t = 0; t < frames && !more; ++t) {
        way[t] = (way[t] + 1) % kLabels;
        more = way[t] != 0;
      }
    }
    const CtcAlignment got = align_forced(p, kLabels, target, 0);
    ASSERT_NEAR(got.score, best, 1e-6) << stream;
    const auto got_way = way_of(got, frames);
    EXPECT_EQ(said_by(got_way), target);
    EXPECT_NEAR(score_of(p, got_way), best, 1e-6);
    for (const AlignedSymbol& symbol : got.symbols) {
      double sum = 0;
      for (std::int64_t t = symbol.begin; t < symbol.end; ++t) {
        sum += std::exp(p[t * kLabels + symbol.label]);
      }
      EXPECT_NEAR(symbol.probability, sum / static_cast<double>(symbol.end - symbol.begin), 1e-6);
    }
  }
}

TEST(ForcedAlignment, needs_a_blank_between_equal_symbols) {
  EXPECT_EQ(frames_needed(std::vector<std::int64_t>{1, 1, 2}), 4);
  EXPECT_EQ(frames_needed(std::vector<std::int64_t>{1, 2, 1}), 3);
  EXPECT_EQ(frames_needed(std::vector<std::int64_t>{}), 0);
}

TEST(ForcedAlignment, of_a_long_recording_is_computed_in_blocks) {
  // 20,000 frames of 4,000 symbols are more cells than are kept at once: of five frames the second
  // and third say the symbol, the others are blanks.
  constexpr std::int64_t kSymbols = 4000, kEach = 5;
  std::vector<std::int64_t> target;
  std::vector<float> p;
  for (std::int64_t i = 0; i < kSymbols; ++i) {
    target.push_back(1 + (i / 2) % 2);
    for (std::int64_t t = 0; t < kEach; ++t) {
      for (std::int64_t label = 0; label < kLabels; ++label) {
        p.push_back(label == (t == 1 || t == 2 ? target.back() : 0) ? -0.1f : -3);
      }
    }
  }
  const CtcAlignment got = align_forced(p, kLabels, target, 0);
  EXPECT_NEAR(got.score, -0.1f * kSymbols * kEach, 1e-3);
  for (std::int64_t i = 0; i < kSymbols; ++i) {
    ASSERT_EQ(got.symbols[i].begin, i * kEach + 1);
    ASSERT_EQ(got.symbols[i].end, i * kEach + 3);
  }
}

TEST(ForcedAlignment, refuses_what_cannot_be) {
  const auto align = [](std::span<const float> p, std::vector<std::int64_t> target) {
    return align_forced(p, kLabels, target, 0);
  };
  auto p = random_rows(4, 0);
  EXPECT_NO_THROW(align(p, {1, 1, 2}));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] {
                         align(p, {1, 1, 2, 2});
                       }),
              HasSubstr("in the recording's 4 frames: its 4 symbols and the blanks between 2 equal "
                        "neighbours take 6"));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { align({}, {1}); }), HasSubstr("0 frames"));
  EXPECT_TRUE(align({}, {}).symbols.empty());
  EXPECT_THAT(error_of(ErrorKind::user,
                       [&] {
                         align(p, {1, 0});
                       }),
              HasSubstr("symbol 1 of the text to align is label 0"));
  EXPECT_THAT(error_of(ErrorKind::user, [&] { align(std::span(p).first(7), {1}); }),
              HasSubstr("7 log probabilities for frames of 3 labels"));
  for (std::size_t t = 0; t < 4; ++t) p[t * kLabels + 2] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { align(p, {1, 2}); }), HasSubstr("probability of 0"));
  p[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { align(p, {1}); }),
              HasSubstr("label 1 in frame 2 is NaN"));
}

}  // namespace
}  // namespace attune
