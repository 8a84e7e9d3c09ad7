// Compares with soundfile, torchaudio and transformers: tests/parity/audio/make_golden.py.
#include <algorithm>
#include <cmath>
#include <iostream>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/media/audio/files/audio_reader.h"
#include "attune/media/audio/normalize.h"
#include "attune/media/audio/sinc_resampler.h"

namespace attune {
namespace {

const fs::path kFolder = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/audio";

const Json& golden() {
  static const Json json = read_json(kFolder / "golden.json");
  return json;
}

float largest_difference(std::span<const float> got, const std::vector<float>& expected) {
  EXPECT_EQ(got.size(), expected.size());
  float largest = 0;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    largest = std::max(largest, std::abs(got[i] - expected[i]));
  }
  return largest;
}

TEST(AudioParity, files) {
  for (const Json& item : golden()["files"]) {
    SCOPED_TRACE(item["file"].get<std::string>());
    const fs::path path = kFolder / "sounds" / item["file"].get<std::string>();
    const AudioInfo info = probe_audio(path);
    EXPECT_EQ(info.sample_rate, item["rate"]);
    EXPECT_EQ(info.channels, item["channels"]);
    EXPECT_EQ(info.frames, item["frames"].get<std::int64_t>());
    const Waveform wave = read_audio(path);
    ASSERT_EQ(wave.samples.size(), item["frames"]);
    std::vector<float> thinned;
    for (std::size_t i = 0; i < wave.samples.size(); i += 17) thinned.push_back(wave.samples[i]);
    // Versions of the MP3 and Opus decoders may round otherwise; everything else is exact.
    const bool decoder_rounds = info.format == "MPEG" || path.extension() == ".opus";
    EXPECT_LE(largest_difference(thinned, item["every_17th"].get<std::vector<float>>()),
              decoder_rounds ? 1e-4f : 1e-7f);
  }
}

TEST(AudioParity, resampled) {
  float largest = 0;
  for (const Json& item : golden()["resampled"]) {
    SCOPED_TRACE(item["from"].dump() + " to " + item["to"].dump());
    const Waveform wave =
        resample({item["in"].get<std::vector<float>>(), item["from"]}, item["to"]);
    EXPECT_EQ(wave.sample_rate, item["to"]);
    const float difference =
        largest_difference(wave.samples, item["out"].get<std::vector<float>>());
    EXPECT_LE(difference, 1e-5f);
    largest = std::max(largest, difference);
  }
  std::cout << "largest deviation " << largest << "\n";
}

TEST(AudioParity, normalised) {
  for (const Json& item : golden()["normalised"]) {
    auto samples = item["in"].get<std::vector<float>>();
    normalize_waveform(samples);
    // transformers computes in float32, whose mean is off by some 1e-6 of a deviation of 0.01.
    EXPECT_LE(largest_difference(samples, item["out"].get<std::vector<float>>()), 2e-5f);
  }
}

}  // namespace
}  // namespace attune
