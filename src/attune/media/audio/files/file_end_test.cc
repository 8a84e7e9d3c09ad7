#include "attune/media/audio/files/file_end.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/media/audio/files/encode.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::string missing(const std::string& bytes) {
  return find_missing_end(
      [&](std::int64_t offset, std::span<char> target) -> std::size_t {
        if (offset < 0 || offset >= std::ssize(bytes)) return 0;
        const std::size_t size =
            std::min(target.size(), bytes.size() - static_cast<std::size_t>(offset));
        std::memcpy(target.data(), bytes.data() + offset, size);
        return size;
      },
      std::ssize(bytes));
}

std::string number(std::uint64_t value, int bytes, bool is_big) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  if (is_big) std::ranges::reverse(text);
  return text;
}

std::string chunk(const std::string& name, std::uint64_t size, bool is_big) {
  return name + number(size, 4, is_big);
}

TEST(FileEnd, headers_of_chunks_tell_how_long_the_sound_is) {
  const std::string sound(100, 'x');
  for (const bool is_big : {false, true}) {
    // What stands before the sound may be longer than any first block.
    const std::string front =
        (is_big ? chunk("FORM", 0, true) + "AIFF" + chunk("COMM", 17, true)
                : chunk("RIFF", 0, false) + "WAVE" + chunk("LIST", 17, false)) +
        std::string(18, 'l') + chunk("JUNK", 100'000, is_big) + std::string(100'000, 'j');
    const char* name = is_big ? "SSND" : "data";
    EXPECT_EQ(missing(front + chunk(name, 100, is_big) + sound), "");
    EXPECT_EQ(missing(front + chunk(name, 90, is_big) + sound), "");
    EXPECT_EQ(missing(front + chunk(name, 1100, is_big) + sound),
              "the header promises 1,000 bytes more");
    for (const std::uint64_t open : {0x7fff'f000ULL, 0x8000'0000ULL, 0xffff'ffffULL}) {
      EXPECT_EQ(missing(front + chunk(name, open, is_big) + sound), "") << open;
    }
  }
}

TEST(FileEnd, a_WAV_file_that_was_not_closed_says_that_it_is_empty) {
  const std::string front = chunk("RIFF", 0, false) + "WAVE" + chunk("data", 0, false);
  EXPECT_THAT(missing(front + std::string(100, 'x')), HasSubstr("no sound, and 100 bytes follow"));
  EXPECT_EQ(missing(front), "");
}

TEST(FileEnd, long_files_tell_in_wider_fields) {
  const std::string front = chunk("RF64", 0xffff'ffff, false) + "WAVE" + chunk("ds64", 28, false) +
                            number(0, 8, false) + number(5'000'000'000, 8, false) +
                            std::string(12, '\0') + chunk("data", 0xffff'ffff, false);
  EXPECT_EQ(missing(front + std::string(100, 'x')), "the header promises 4,999,999,900 bytes more");
  const std::string au = ".snd" + number(24, 4, true) + number(500, 4, true) + std::string(12, ' ');
  EXPECT_EQ(missing(au + std::string(500, 'x')), "");
  EXPECT_EQ(missing(au + std::string(400, 'x')), "the header promises 100 bytes more");
}

TEST(FileEnd, the_last_page_of_an_Ogg_stream_says_so) {
  Waveform wave{{}, 16000};
  for (int i = 0; i < 5 * 16000; ++i)
    wave.samples.push_back(0.1f * static_cast<float>(i % 50 - 25));
  const std::string ogg = encode_opus(wave);
  EXPECT_EQ(missing(ogg), "");
  EXPECT_EQ(missing(ogg + "TAG" + std::string(125, ' ')), "");  // some programs append
  const std::size_t last = ogg.rfind("OggS");
  EXPECT_THAT(missing(ogg.substr(0, last)), HasSubstr("does not end the stream"));
  EXPECT_THAT(missing(ogg.substr(0, last + 3)), HasSubstr("does not end the stream"));
  for (const std::size_t more : {10, 27, 40}) {
    EXPECT_EQ(missing(ogg.substr(0, last + more)), "its last page is not whole") << more;
  }
  EXPECT_EQ(missing(ogg.substr(0, ogg.size() - 1)), "its last page is not whole");
  EXPECT_EQ(missing(ogg.substr(0, last) + std::string(70'000, '\0')),
            "what is at its end is no page of Ogg");
}

TEST(FileEnd, nothing_is_said_of_other_files) {
  EXPECT_EQ(missing(""), "");
  EXPECT_EQ(missing(std::string(1000, 'x')), "");
  EXPECT_EQ(missing("RIFF....WAVE"), "");
}

}  // namespace
}  // namespace attune
