#include "attune/media/text/unicode/letter_case.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

// The right values are Python 3.11's.
TEST(LetterCase, maps_as_python_does) {
  EXPECT_EQ(lower_case("ÇIĞ İstanbul"), "çiğ i\u0307stanbul");
  EXPECT_EQ(lower_case("ΟΔΟΣ ΣΑΣ"), "οδος σας");
  EXPECT_EQ(upper_case("straße ŉ ﬁ"), "STRASSE ʼN FI");
  EXPECT_EQ(upper_case("ıi"), "II");
  EXPECT_EQ(lower_case(""), "");
}

TEST(LetterCase, maps_as_a_language_does) {
  for (const char* code : {"tr", "tur", "tr-TR", "TR_tr", "az", "aze", "crh", "gag"}) {
    EXPECT_EQ(lower_case("IŞIK İstanbul Kapı I\u0307", code), "ışık istanbul kapı i") << code;
    EXPECT_EQ(upper_case("ışık istanbul", code), "IŞIK İSTANBUL") << code;
  }
  for (const char* code : {"", "en", "deu", "ku"}) {
    EXPECT_EQ(lower_case("IŞIK İ", code), "işik i\u0307") << code;
  }
  EXPECT_EQ(lower_case("\u00cc J\u0301", "lt"), "i\u0307\u0300 j\u0307\u0301");
  EXPECT_EQ(upper_case("ά", "el"), "Α");
}

TEST(LetterCase, knows_codes_of_languages) {
  for (const char* code : {"tr", "tur", "crh", "tr-TR", "zh_Hans", "hsb", "deu"}) {
    EXPECT_TRUE(is_language(code)) << code;
  }
  for (const char* code : {"", "t", "turkish", "qq", "Türkçe", "-tr"}) {
    EXPECT_FALSE(is_language(code)) << code;
  }
}

TEST(LetterCase, normal_forms) {
  EXPECT_EQ(normal_form("e\u0301", NormalForm::nfc), "\u00e9");
  EXPECT_EQ(normal_form("ﬁ①", NormalForm::nfc), "ﬁ①");
  EXPECT_EQ(normal_form("ﬁ①", NormalForm::nfkc), "fi1");
  EXPECT_EQ(normal_form("\u00e9", NormalForm::nfd), "e\u0301");
}

TEST(LetterCase, tells_which_cases_letters_have) {
  EXPECT_EQ(letter_case("'| 12 你א"), LetterCase::none);
  EXPECT_EQ(letter_case("aß1"), LetterCase::lower);
  EXPECT_EQ(letter_case("AÇ'"), LetterCase::upper);
  EXPECT_EQ(letter_case("aB"), LetterCase::both);
}

}  // namespace
}  // namespace attune
