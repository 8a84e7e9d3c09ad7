#include "attune/feed/audio/waveforms.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/temporary_folder.h"
#include "attune/data/audio/testing/sound_file.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

AudioDataset two_clips(const fs::path& folder) {
  AudioDataset data;
  for (int pitch = 0; pitch < 2; ++pitch) {
    const fs::path path = folder / (std::to_string(pitch) + ".wav");
    write_sound(path, tone(0.5, pitch, 8000), 8000);
    data.examples.push_back({.path = path.string(), .seconds = 0.5});
  }
  return data;
}

TEST(WaveformSource, GivesTheModelsRate) {
  const TemporaryFolder folder;
  const AudioDataset data = two_clips(folder.path());
  const WaveformSource source(data, 16000);
  EXPECT_FALSE(source.is_random());
  EXPECT_EQ(source.load({.example = 1}).size(), 8000U);
  EXPECT_EQ(source.load({.example = 1}), source.load({.seed = 5, .epoch = 3, .example = 1}));
  WaveformLoader loader = waveform_loader(source, 1, 2);
  const std::vector<std::int64_t> both = {1, 0};
  loader.announce(both, 0);
  EXPECT_EQ(loader.take(both, 0).at(1), source.load({.example = 0}));
}

TEST(WaveformSource, ChangesClipsAnewEachEpoch) {
  const TemporaryFolder folder;
  const AudioDataset data = two_clips(folder.path());
  const WaveformSource source(data, 16000, {.random_gain = 6});
  EXPECT_TRUE(source.is_random());
  const SampleKey key{.seed = 1, .epoch = 0, .example = 0};
  EXPECT_EQ(source.load(key), source.load(key));
  EXPECT_NE(source.load(key), source.load({.seed = 1, .epoch = 1, .example = 0}));
}

TEST(PackWaveforms, LaysClipsEndToEnd) {
  const std::vector<std::vector<float>> clips = {{1, 2, 3}, {4}, {5, 6}};
  const PackedAudio audio = pack_waveforms(clips);
  EXPECT_THAT(audio.clips.offsets, ElementsAre(0, 3, 4, 6));
  EXPECT_TRUE(audio.samples.equal(at::tensor({1.F, 2.F, 3.F, 4.F, 5.F, 6.F})));
}

TEST(JoinClips, StringsOfOneSpeakerHoldEachClipOnce) {
  std::vector<std::int64_t> speakers(100);
  for (std::size_t i = 0; i < speakers.size(); ++i) speakers[i] = static_cast<std::int64_t>(i % 3);
  std::set<std::size_t> lengths;
  const auto strings = join_clips(speakers, 5, Rng(1, "join", 4));
  std::vector<std::int64_t> seen;
  for (const std::vector<std::int64_t>& string : strings) {
    lengths.insert(string.size());
    for (const std::int64_t n : string) {
      EXPECT_EQ(n % 3, string.front() % 3);
      seen.push_back(n);
    }
  }
  EXPECT_THAT(lengths, ElementsAre(1, 2, 3, 4, 5));
  std::ranges::sort(seen);
  std::vector<std::int64_t> all(100);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
  EXPECT_EQ(join_clips(speakers, 5, Rng(1, "join", 4)), strings);
  EXPECT_NE(join_clips(speakers, 5, Rng(1, "join", 5)), strings);
}

}  // namespace
}  // namespace attune
