#include "attune/media/audio/files/mp3_frames.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/media/audio/files/audio_reader.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

Mp3Frames look(const std::string& bytes) {
  return count_mp3_frames(
      [&](std::int64_t offset, std::span<char> target) -> std::size_t {
        if (offset < 0 || offset >= std::ssize(bytes)) return 0;
        const std::size_t size =
            std::min(target.size(), bytes.size() - static_cast<std::size_t>(offset));
        std::memcpy(target.data(), bytes.data() + offset, size);
        return size;
      },
      std::ssize(bytes));
}

std::optional<std::int64_t> count(const std::string& bytes) {
  return look(bytes).samples;
}

/// MPEG 1, layer III, 128 kbit/s, 44.1 kHz, stereo: 417 bytes.
std::string frame(const std::string& content = "", int bit_rate = 9, int length = 417) {
  std::string bytes = {'\xFF', '\xFB', static_cast<char>(bit_rate << 4), '\0'};
  bytes += content;
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

std::string frames(int count, const std::string& one = frame()) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += one;
  return bytes;
}

std::string big(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

std::string xing(std::uint32_t bytes, std::uint32_t frames = 10) {
  return frame(std::string(32, '\0').append("Xing") + big(3) + big(frames) + big(bytes));
}

TEST(Mp3Frames, are_counted_where_no_tag_tells) {
  EXPECT_EQ(count(frames(10)), 10 * 1152);
  // Of a variable bit rate (32 kbit/s: 104 bytes).
  EXPECT_EQ(count(frames(3) + frames(5, frame("", 1, 104))), 8 * 1152);
  // Behind a tag, around what is none, and not the last one, which is cut.
  const std::string tag = std::string("ID3\4\0\0\0\0\0\x14", 10) + std::string(20, 'x');
  EXPECT_EQ(count(tag + frames(4) + std::string(500, 'y') + frames(2) + frame().substr(0, 99)),
            6 * 1152);
  EXPECT_EQ(count(frames(300)), 300 * 1152);  // more than a block
}

TEST(Mp3Frames, a_tag_that_fits_is_believed) {
  const std::string tagged = xing(417 * 200) + frames(199);
  EXPECT_EQ(count(tagged), std::nullopt);
  EXPECT_EQ(count(tagged + "TAG" + std::string(125, ' ')), std::nullopt);
  EXPECT_EQ(count(tagged + tagged), 400 * 1152);  // joined: it tells of the first
}

TEST(Mp3Frames, what_is_missing_is_known_in_a_frame_and_by_a_tag) {
  const std::string plain = frames(10);
  EXPECT_EQ(look(plain).missing_bytes, 0);
  EXPECT_EQ(look(plain.substr(0, plain.size() - 17)).missing_bytes, 17);
  EXPECT_EQ(look(plain.substr(0, 417 * 7)).missing_bytes, 0);  // between two: nothing tells
  EXPECT_EQ(look(plain + "TAG" + std::string(125, ' ')).missing_bytes, 0);

  const std::string tagged = xing(417 * 200, 199) + frames(199);
  EXPECT_TRUE(look(tagged).is_told);
  EXPECT_EQ(look(tagged).missing_bytes, 0);
  EXPECT_EQ(look(tagged.substr(0, 417 * 199)).missing_bytes, 417);  // even by a frame of 200
  EXPECT_EQ(look(tagged.substr(0, 417 * 90 + 5)).missing_bytes, 417 * 110 - 5);
  EXPECT_FALSE(look(tagged.substr(0, 417 * 90)).samples.has_value());
  // A tag that counts what stands before it too promises bytes, and no frame is missing.
  EXPECT_EQ(look(xing(417 * 200 + 500, 199) + frames(199)).missing_bytes, 0);
}

TEST(Mp3Frames, nothing_is_counted_in_what_is_none) {
  EXPECT_EQ(count(""), std::nullopt);
  EXPECT_EQ(count(std::string(100'000, '\xFF')), std::nullopt);
  EXPECT_EQ(count("RIFF" + std::string(5000, 'a')), std::nullopt);
  EXPECT_EQ(count(std::string("ID3\4\0\0\x7f\x7f\x7f\x7f", 10)), std::nullopt);
}

TEST(Mp3Frames, joined_files_are_not_read_in_part) {
  const fs::path path = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/audio/sounds/mono.mp3";
  const std::string one = read_file(path, 1 << 20);
  const auto read = [](const std::string& bytes) {
    return read_audio(AudioReader(std::as_bytes(std::span(bytes)), "x.mp3"));
  };
  EXPECT_GT(read(one).samples.size(), 1000U);
  EXPECT_EQ(AudioReader(std::as_bytes(std::span(one)), "x.mp3").info().format, "MPEG");
  std::string joined;
  for (int i = 0; i < 20; ++i) joined += one;
  EXPECT_THAT(
      error_of(ErrorKind::data, [&] { read(joined); }),
      ::testing::AllOf(HasSubstr("x.mp3: its MP3 frames last"), HasSubstr("write it anew")));
}

}  // namespace
}  // namespace attune
