#include "attune/data/audio/recordings/clip_stream.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/audio/recordings/clip_reader.h"
#include "attune/data/audio/testing/sound_file.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kRate = 8000;

class ClipStreams : public ::testing::Test {
 protected:
  void SetUp() override { write_sound(path(), tone(3, 1, kRate), kRate); }
  std::string path() const { return (folder_.path() / "talk.wav").string(); }

  TemporaryFolder folder_;
};

TEST_F(ClipStreams, GivesAPieceOfARecording) {
  const Waveform whole = read_clip({.path = path()});
  EXPECT_EQ(std::ssize(whole.samples), 3 * kRate);
  const Waveform piece = read_clip({.path = path(), .begin = 0.5, .end = 1.25});
  EXPECT_EQ(piece.sample_rate, kRate);
  EXPECT_EQ(piece.samples, std::vector<float>(whole.samples.begin() + kRate / 2,
                                              whole.samples.begin() + kRate * 5 / 4));
  const Waveform rest = read_clip({.path = path(), .begin = 2.5});
  EXPECT_EQ(rest.samples,
            std::vector<float>(whole.samples.begin() + kRate * 5 / 2, whole.samples.end()));
}

TEST_F(ClipStreams, RefuseAPieceBehindTheEnd) {
  const AudioExample beyond{.path = path(), .begin = 2, .end = 4};
  for (const auto& read : {std::function([&] { read_clip(beyond); }),
                           std::function([&] { count_samples(beyond, 16000); })}) {
    EXPECT_THAT(error_of(ErrorKind::data, read),
                AllOf(HasSubstr("2.00-4.00 s"), HasSubstr("ends before")));
  }
  // Marks are rounded: a tenth of a second is left out.
  EXPECT_EQ(count_samples({.path = path(), .begin = 2, .end = 3.05}, kRate), kRate);
  EXPECT_THAT(error_of(ErrorKind::data,
                       [&] { count_samples({.path = path(), .begin = 1, .end = 1}, kRate); }),
              HasSubstr("no sample"));
}

TEST_F(ClipStreams, RefuseARecordingThatIsCutOff) {
  const std::string bytes = read_file(path(), 1 << 20);
  write_file_atomically(path(), bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { count_samples({.path = path()}, 16000); }),
              HasSubstr("cut off"));
}

TEST_F(ClipStreams, RefuseARecordingWithoutASample) {
  write_sound(path(), {}, kRate);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { count_samples({.path = path()}, 16000); }),
              HasSubstr("the recording holds no sample"));
}

TEST_F(ClipStreams, StreamsWhatItResamples) {
  for (const AudioExample& clip :
       {AudioExample{.path = path()}, AudioExample{.path = path(), .begin = 0.3, .end = 2.2}}) {
    const Waveform expected = resample(read_clip(clip), 16000);
    EXPECT_EQ(count_samples(clip, 16000), std::ssize(expected.samples));
    for (const std::int64_t count : {7, 4000, 100'000}) {
      ClipStream stream(clip, 16000);
      std::vector<float> samples;
      for (std::size_t before = 1; before != samples.size();) {
        before = samples.size();
        stream.read(count, samples);
      }
      EXPECT_EQ(samples, expected.samples) << count;
    }
  }
}

}  // namespace
}  // namespace attune
