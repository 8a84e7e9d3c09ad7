#include "attune/media/audio/files/audio_reader.h"

#include <cstring>
#include <limits>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const fs::path kSounds = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/audio/sounds";

std::string little(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

/// A WAV file of 32-bit floats, interleaved; `data_bytes` is what its header says.
std::string wav(std::span<const float> samples, std::uint32_t channels, std::uint32_t rate,
                std::optional<std::uint32_t> data_bytes = {}) {
  const auto size = static_cast<std::uint32_t>(samples.size_bytes());
  std::string text = "RIFF" + little(36 + size, 4) + "WAVEfmt " + little(16, 4) + little(3, 2) +
                     little(channels, 2) + little(rate, 4) + little(rate * channels * 4, 4) +
                     little(channels * 4, 2) + little(32, 2) + "data" +
                     little(data_bytes.value_or(size), 4);
  text.append(reinterpret_cast<const char*>(samples.data()), size);
  return text;
}

AudioReader reader_of(const std::string& bytes) {
  return AudioReader(std::as_bytes(std::span(bytes)), "clip.wav");
}

Waveform decode(const std::string& bytes) {
  return read_audio(reader_of(bytes));
}

TEST(AudioReader, averages_channels_and_keeps_what_is_beyond_full_scale) {
  const float samples[] = {0.5f, 0.25f, -1.0f, 0.0f, 3.0f, 1.0f};
  const std::string bytes = wav(samples, 2, 16000);
  const Waveform wave = decode(bytes);
  EXPECT_EQ(wave.sample_rate, 16000);
  EXPECT_THAT(wave.samples, ElementsAre(0.375f, -0.5f, 2.0f));
  EXPECT_EQ(reader_of(bytes).info().format, "WAV");
}

TEST(AudioReader, header_gives_duration) {
  const AudioInfo info = probe_audio(kSounds / "stereo.flac");
  EXPECT_EQ(info.format, "FLAC");
  EXPECT_EQ(info.channels, 2);
  EXPECT_DOUBLE_EQ(info.seconds().value(), 0.1);
}

TEST(AudioReader, seeks_and_reads_in_pieces) {
  for (const char* name : {"pcm24.wav", "stereo.flac", "mono.ogg"}) {
    SCOPED_TRACE(name);
    const Waveform whole = read_audio(kSounds / name);
    AudioReader reader(kSounds / name);
    reader.seek(1000);
    std::vector<float> pieces(300);
    ASSERT_EQ(reader.read(std::span(pieces).first(7)), 7);
    ASSERT_EQ(reader.read(std::span(pieces).subspan(7)), 293);
    for (std::size_t i = 0; i < 300; ++i) ASSERT_EQ(pieces[i], whole.samples[1000 + i]) << i;
    std::vector<float> rest(100'000);
    EXPECT_EQ(reader.read(rest), static_cast<std::int64_t>(whole.samples.size()) - 1300);
    EXPECT_EQ(reader.read(rest), 0);
    EXPECT_THAT(error_of(ErrorKind::user, [&] { reader.seek(1 << 30); }),
                HasSubstr("cannot go to sample"));
  }
}

TEST(AudioReader, tells_where_a_sample_is_not_a_number) {
  std::vector<float> samples(10'000, 0.1f);
  samples[8001] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode(wav(samples, 2, 1000)); }),
              HasSubstr("clip.wav: sample 4000 (at 4.000 s) is NaN"));
  samples[8001] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode(wav(samples, 1, 1000)); }),
              HasSubstr("sample 8001 (at 8.001 s) is infinite"));
}

TEST(AudioReader, tells_what_is_cut_off) {
  const std::vector<float> samples(1000, 0.5f);
  const std::string bytes = wav(samples, 1, 8000);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode(bytes.substr(0, bytes.size() - 400)); }),
              HasSubstr("promises 400 bytes more"));
  std::string flac = read_file(kSounds / "stereo.flac", 1 << 20);
  flac.resize(flac.size() / 2);
  EXPECT_THAT(error_of(ErrorKind::data, [&] { decode(flac); }), HasSubstr("cut off or damaged"));
}

TEST(AudioReader, tells_what_is_cut_off_of_any_format) {
  const auto error_behind = [](const char* name, double share) {
    std::string bytes = read_file(kSounds / name, 1 << 20);
    bytes.resize(static_cast<std::size_t>(share * static_cast<double>(bytes.size())));
    return error_of(ErrorKind::data, [&] { decode(bytes); });
  };
  for (const char* name : {"mono.ogg", "mono.opus", "mono.mp3", "pcm16.wav", "stereo.flac"}) {
    SCOPED_TRACE(name);
    // Of a few frames of MP3 the half is none.
    for (const double share : {0.1, 0.5, 0.95}) {
      if (share < 0.9 && std::string_view(name).ends_with("mp3")) continue;
      EXPECT_THAT(error_behind(name, share), HasSubstr("clip.wav: cut off")) << share;
    }
    EXPECT_TRUE(probe_audio(kSounds / name).cut_off.empty());
    EXPECT_TRUE(AudioReader(kSounds / name).has_last_frame());
  }
}

TEST(AudioReader, a_FLAC_shows_its_missing_end_without_decoding) {
  std::string flac = read_file(kSounds / "stereo.flac", 1 << 20);
  flac.resize(flac.size() - 50);
  EXPECT_FALSE(reader_of(flac).has_last_frame());
}

TEST(AudioReader, takes_a_stream_written_without_its_length) {
  const std::vector<float> samples(1000, 0.5f);
  for (const std::uint32_t size : {0xffff'ffffU, 0x7fff'f000U, 0x8000'0000U}) {
    EXPECT_EQ(decode(wav(samples, 1, 8000, size)).samples.size(), 1000U) << size;
  }
}

TEST(AudioReader, refuses_what_is_no_recording) {
  EXPECT_THAT(error_of(ErrorKind::data, [] { decode(""); }), HasSubstr("the file is empty"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { decode(wav({}, 1, 8000)); }),
              HasSubstr("holds no sample"));
  EXPECT_THAT(error_of(ErrorKind::data, [] { decode(std::string(4096, 'x')); }),
              HasSubstr("not a recording attune reads"));
  EXPECT_THAT(error_of(ErrorKind::data,
                       [] {
                         decode(
                             std::string("\0\0\0\x20"
                                         "ftypM4A \0\0\0\0isom",
                                         20));
                       }),
              HasSubstr("MP4/M4A (AAC or ALAC) is not read"));
  EXPECT_THAT(error_of(ErrorKind::io, [] { read_audio("/nowhere/a.wav"); }),
              HasSubstr("/nowhere/a.wav"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { read_audio(kSounds); }), HasSubstr("folder"));
}

TEST(AudioReader, refuses_more_than_the_limit) {
  const std::vector<float> samples(1000, 0.5f);
  const std::string bytes = wav(samples, 1, 8000);
  EXPECT_EQ(read_audio(reader_of(bytes), {.max_samples = 1000}).samples.size(), 1000U);
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { read_audio(reader_of(bytes), {.max_samples = 999}); }),
      HasSubstr("more than 999 samples"));
}

TEST(AudioReader, goes_by_content_not_by_name) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "really_flac.wav";
  fs::copy_file(kSounds / "stereo.flac", path);
  EXPECT_EQ(probe_audio(path).format, "FLAC");
  write_file_atomically(folder.path() / "noise.gsm", std::string(5000, '\x07'));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { probe_audio(folder.path() / "noise.gsm"); }),
              HasSubstr("not a recording"));
}

}  // namespace
}  // namespace attune
