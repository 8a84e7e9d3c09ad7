#include "attune/media/text/unicode/character_kind.h"

#include <string_view>

#include <gtest/gtest.h>

namespace attune {
namespace {

void expect_all(std::u32string_view characters, CharacterKind kind) {
  for (const char32_t c : characters) {
    EXPECT_EQ(character_kind(c), kind) << std::hex << static_cast<std::uint32_t>(c);
  }
}

TEST(CharacterKind, of_what_transcripts_hold) {
  expect_all(U"aÉß你اक्ʼ\u0301", CharacterKind::letter);
  expect_all(U"07٣²Ⅳ", CharacterKind::digit);
  expect_all(U"()[]{}<>「」", CharacterKind::bracket);
  expect_all(U".,!?'-…«”%&", CharacterKind::punctuation);
  expect_all(U"$€+=^~😀♪\U0001F3FD\uFE0F", CharacterKind::symbol);
  expect_all(U" \t\u200b", CharacterKind::other);
}

TEST(CharacterKind, scripts) {
  EXPECT_EQ(script_name(U'é'), "Latin");
  EXPECT_EQ(script_name(U'а'), "Cyrillic");
  EXPECT_EQ(script_name(U'の'), script_name(U'漢'));
  EXPECT_EQ(script_name(U'\u0301'), "");
  EXPECT_EQ(script_name(U'5'), "");
}

}  // namespace
}  // namespace attune
