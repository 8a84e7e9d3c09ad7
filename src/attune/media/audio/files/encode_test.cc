#include "attune/media/audio/files/encode.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"

namespace attune {
namespace {

/// A tone that swells, as long as asked for.
Waveform tone(double seconds, std::int64_t rate, double hertz = 300) {
  Waveform wave{{}, rate};
  const auto count = static_cast<std::int64_t>(seconds * static_cast<double>(rate));
  for (std::int64_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(rate);
    wave.samples.push_back(
        static_cast<float>(0.5 * std::sin(4 * t) * std::sin(2 * std::numbers::pi * hertz * t)));
  }
  return wave;
}

Waveform decoded(const std::string& bytes) {
  return read_audio(AudioReader(std::as_bytes(std::span(bytes)), "encoded"));
}

TEST(EncodeOpus, IsReadBackAsItWas) {
  for (const std::int64_t rate : {8000, 16000, 48000}) {
    const Waveform wave = tone(2, rate);
    const std::string bytes = encode_opus(wave);
    EXPECT_TRUE(bytes.starts_with("OggS"));
    EXPECT_LT(bytes.size(), 2 * 8000U) << rate;
    const Waveform back = decoded(bytes);
    EXPECT_EQ(back.sample_rate, rate);
    EXPECT_NEAR(back.seconds(), 2, 0.05);
    double product = 0, own = 0, others = 0;
    for (std::size_t i = 0; i < std::min(wave.samples.size(), back.samples.size()); ++i) {
      product += static_cast<double>(wave.samples[i]) * back.samples[i];
      own += std::pow(wave.samples[i], 2);
      others += std::pow(back.samples[i], 2);
    }
    EXPECT_GT(product / std::sqrt(own * others), 0.97) << rate;
  }
}

TEST(EncodeOpus, TakesRatesThatOpusDoesNotKnow) {
  EXPECT_EQ(decoded(encode_opus(tone(0.5, 11025))).sample_rate, 12000);
  EXPECT_EQ(decoded(encode_opus(tone(0.5, 44100))).sample_rate, 48000);
  const Waveform high = decoded(encode_opus(tone(0.5, 96000)));
  EXPECT_EQ(high.sample_rate, 48000);
  EXPECT_NEAR(high.seconds(), 0.5, 0.05);
  EXPECT_THROW(encode_opus({{}, 16000}), Error);
}

// libsndfile numbers streams by the clock, and the next one otherwise again.
TEST(EncodeOpus, IsTheSameEachTime) {
  const std::string bytes = encode_opus(tone(3, 16000));
  EXPECT_EQ(encode_opus(tone(3, 16000)), bytes);
  EXPECT_NEAR(decoded(bytes).seconds(), 3, 0.05);  // whose checksums are looked at
}

TEST(AudioDataUri, HoldsTheBeginningOfALongRecording) {
  const std::string whole = audio_data_uri(tone(3, 16000)), cut = audio_data_uri(tone(30, 16000));
  EXPECT_TRUE(whole.starts_with("data:audio/ogg;base64,T2dnUw"));
  EXPECT_THAT(whole, ::testing::Not(::testing::ContainsRegex("[\"<> ]")));
  EXPECT_LT(cut.size(), static_cast<std::size_t>(kMaxEmbeddedSeconds * 8000 * 4 / 3));
  EXPECT_GT(cut.size(), 4 * whole.size());
}

}  // namespace
}  // namespace attune
