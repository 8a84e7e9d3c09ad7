#include "attune/media/audio/sinc_resampler.h"

#include <cmath>

#include <gmock/gmock.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

std::vector<float> noise(std::size_t count) {
  const Rng rng(1, "noise");
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) samples[i] = static_cast<float>(rng.normal(i));
  return samples;
}

TEST(SincResampler, pieces_give_the_same_samples) {
  for (const auto& [from, to] : {std::pair{44100, 16000}, {8000, 16000}, {16001, 16000}}) {
    const std::vector<float> samples = noise(3000);
    const std::vector<float> whole = resample({samples, from}, to).samples;
    SincResampler resampler(from, to);
    for (const std::size_t piece : {1, 7, 500}) {
      std::vector<float> out;
      for (std::size_t at = 0; at < samples.size(); at += piece) {
        const std::size_t size = std::min(piece, samples.size() - at);
        resampler.push(std::span(samples).subspan(at, size), out);
      }
      resampler.finish(out);
      EXPECT_EQ(out, whole) << from << " to " << to << " by " << piece;
    }
  }
}

TEST(SincResampler, gives_what_it_knows_before_the_end) {
  SincResampler resampler(48000, 16000);
  std::vector<float> out;
  resampler.push(noise(48000), out);
  EXPECT_GT(out.size(), 15980U);
  EXPECT_LT(out.size(), 16000U);
  resampler.finish(out);
  EXPECT_EQ(out.size(), 16000U);
}

TEST(SincResampler, keeps_a_tone_and_drops_what_the_new_rate_cannot_hold) {
  Waveform wave{std::vector<float>(44100), 44100};
  for (std::size_t i = 0; i < 44100; ++i) {
    const double t = 2 * M_PI * static_cast<double>(i) / 44100;
    wave.samples[i] = static_cast<float>(std::sin(1000 * t) + std::sin(12000 * t));
  }
  const Waveform low = resample(wave, 16000);
  ASSERT_EQ(low.samples.size(), 16000U);
  for (std::size_t i = 100; i < 15900; ++i) {
    ASSERT_NEAR(low.samples[i], std::sin(2 * M_PI * 1000 * static_cast<double>(i) / 16000), 0.01);
  }
}

TEST(SincResampler, refuses_impossible_rates) {
  EXPECT_THAT(error_of(ErrorKind::user, [] { SincResampler(0, 16000); }),
              ::testing::HasSubstr("from 0 Hz to 16000 Hz"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { SincResampler(16000, 768'001); }),
              ::testing::HasSubstr("to 768001 Hz; expected rates of 1 to 768000"));
}

}  // namespace
}  // namespace attune
