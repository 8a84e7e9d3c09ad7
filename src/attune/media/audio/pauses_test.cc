#include "attune/media/audio/pauses.h"

#include <cmath>

#include <gmock/gmock.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kRate = 8000;

/// Noise of a loudness for some seconds, on an offset.
void append(std::vector<float>& sound, double seconds, double loudness, double offset = 0) {
  const Rng rng(1, "noise", sound.size());
  for (std::int64_t i = 0; i < std::llround(seconds * kRate); ++i) {
    sound.push_back(
        static_cast<float>(offset + loudness * rng.normal(static_cast<std::uint64_t>(i))));
  }
}

std::vector<AudioPiece> pieces_of(std::span<const float> sound, const PauseOptions& options,
                                  std::size_t at_once = 1000) {
  PauseSplitter splitter(kRate, options);
  std::vector<AudioPiece> pieces;
  for (std::size_t at = 0; at < sound.size(); at += at_once) {
    splitter.push(sound.subspan(at, std::min(at_once, sound.size() - at)), pieces);
  }
  splitter.finish(pieces);
  std::int64_t before = 0;
  for (const AudioPiece& piece : pieces) {
    EXPECT_EQ(piece.begin, before);
    EXPECT_GT(piece.end, piece.begin);
    EXPECT_LE(piece.end - piece.begin, std::llround(options.max_piece * kRate));
    before = piece.end;
  }
  EXPECT_EQ(before, std::ssize(sound));
  return pieces;
}

double seconds(std::int64_t samples) {
  return static_cast<double>(samples) / kRate;
}

TEST(PauseSplitter, cuts_in_the_middle_of_pauses) {
  // Of a quiet and a noisy room, with gaps too short to be pauses, and a microphone's offset.
  for (const auto& [loud, noise, offset] :
       {std::tuple{0.2, 0.001, 0.0}, {0.2, 0.0, 0.0}, {0.1, 0.02, 0.3}, {0.005, 0.0001, -0.1}}) {
    std::vector<float> sound;
    for (int i = 0; i < 5; ++i) {
      append(sound, 3, loud, offset);
      append(sound, 0.1, noise, offset);
      append(sound, 3, loud, offset);
      append(sound, 0.5, noise, offset);
    }
    const auto pieces = pieces_of(sound, {});
    ASSERT_EQ(pieces.size(), 5U) << noise;  // behind the last pause comes nothing
    for (int i = 0; i < 4; ++i) {
      EXPECT_NEAR(seconds(pieces[i].end), 6.6 * (i + 1) - 0.25, 0.02) << noise;
    }
  }
}

TEST(PauseSplitter, cuts_alike_however_the_samples_come) {
  std::vector<float> sound;
  for (int i = 0; i < 8; ++i) append(sound, 2.5, i % 2 ? 0.1 : 0.3), append(sound, 0.4, 0.001);
  const auto expected = pieces_of(sound, {});
  EXPECT_GT(expected.size(), 3U);
  for (const std::size_t at_once : {1, 79, 81, 100'000}) {
    const auto got = pieces_of(sound, {}, at_once);
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].end, expected[i].end);
  }
}

TEST(PauseSplitter, without_a_pause_cuts_where_it_is_quietest) {
  std::vector<float> sound;
  append(sound, 17, 0.2);
  append(sound, 0.05, 0.02);
  append(sound, 20, 0.2);
  const auto pieces = pieces_of(sound, {});
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_NEAR(seconds(pieces[0].end), 17.025, 0.026);
}

TEST(PauseSplitter, takes_silence_noise_and_short_recordings) {
  std::vector<float> sound(static_cast<std::size_t>(100 * kRate));
  EXPECT_GE(pieces_of(sound, {}).size(), 4U);
  sound.clear();
  append(sound, 100, 0.1);
  EXPECT_GE(pieces_of(sound, {}).size(), 4U);
  EXPECT_EQ(pieces_of(std::span(sound).first(7), {}).size(), 1U);
  EXPECT_TRUE(pieces_of({}, {}).empty());
}

TEST(PauseSplitter, last_piece_is_not_a_scrap) {
  // Quietest just before the longest piece ends, and with it the recording.
  std::vector<float> sound;
  append(sound, 29.9, 0.2);
  append(sound, 0.05, 0.02);
  append(sound, 0.1, 0.2);
  const auto pieces = pieces_of(sound, {});
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_GE(seconds(pieces[1].end - pieces[1].begin), 5);
}

TEST(PauseSplitter, refuses_impossible_lengths) {
  EXPECT_THAT(error_of(ErrorKind::user, [] { PauseSplitter(kRate, {.max_piece = 9}); }),
              HasSubstr("pieces of 5 to 9 s, cut at pauses of 0.3 s"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { PauseSplitter(kRate, {.min_pause = 3}); }),
              HasSubstr("pauses of 3 s"));
}

}  // namespace
}  // namespace attune
