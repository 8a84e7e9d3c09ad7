#include "attune/data/audio/transcript_rules.h"

#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

std::string apply(const TranscriptOptions& options, std::string_view text) {
  return TranscriptRules(options).apply(text);
}

TEST(TranscriptRules, normal_form_case_and_white_space) {
  EXPECT_EQ(apply({}, "  Cafe\u0301\t\u00a0NOIR\n"), "café noir");
  EXPECT_EQ(apply({.letter_case = TranscriptCase::keep}, " A  b "), "A b");
  EXPECT_EQ(apply({.letter_case = TranscriptCase::upper}, "straße"), "STRASSE");
  EXPECT_EQ(apply({.unicode_normalization = TranscriptForm::nfkc}, "Ｆｕｌｌ ﬁ ①"), "full fi 1");
  EXPECT_EQ(apply({.unicode_normalization = TranscriptForm::none}, "e\u0301"), "e\u0301");
  EXPECT_EQ(apply({}, "ΟΔΟΣ"), "οδος");
}

TEST(TranscriptRules, letters_change_their_case_as_a_language_has_it) {
  const TranscriptOptions turkish{.transcript_language = "tr"};
  EXPECT_EQ(apply(turkish, "IŞIK İstanbul'da YILDIRIM"), "ışık istanbul'da yıldırım");
  EXPECT_EQ(apply(turkish, "I\u0307yi"), "iyi");
  EXPECT_EQ(apply({.letter_case = TranscriptCase::upper, .transcript_language = "tr"}, "ılık iyi"),
            "ILIK İYİ");
  EXPECT_EQ(apply({.letter_case = TranscriptCase::keep, .transcript_language = "tr"}, "I"), "I");
  EXPECT_EQ(apply({}, "IŞIK"), "işik");
  EXPECT_NE(
      error_of(ErrorKind::user, [] { TranscriptRules({.transcript_language = "turkish"}); })
          .find("--transcript-language turkish: it is no language; expected a code of ISO 639"),
      std::string::npos);
}

TEST(TranscriptRules, tells_where_a_language_is_missing) {
  const auto mistakes = [](const TranscriptOptions& options, const char* text) {
    return TranscriptRules(options).mistakes_dotless_i(text);
  };
  EXPECT_TRUE(mistakes({}, "İyi"));
  EXPECT_TRUE(mistakes({}, "Işık"));
  EXPECT_FALSE(mistakes({}, "kapı"));  // nothing becomes small
  EXPECT_FALSE(mistakes({}, "It is"));
  EXPECT_TRUE(mistakes({.letter_case = TranscriptCase::upper}, "kapı"));
  EXPECT_FALSE(mistakes({.letter_case = TranscriptCase::keep}, "İyi"));
  EXPECT_FALSE(mistakes({.transcript_language = "tr"}, "İyi"));
}

TEST(TranscriptRules, takes_out_what_nobody_says_or_sees) {
  EXPECT_EQ(apply({}, "a\u200bb\u00adc\ufeff \u200f"), "abc");
  // Vocabularies write the blank as a bar.
  EXPECT_EQ(apply({}, "a|b | c"), "a b c");
  // Persian and Indic scripts spell with joiners.
  EXPECT_EQ(apply({}, "می\u200cخواهم"), "می\u200cخواهم");
  EXPECT_EQ(apply({}, " \u200b|\n"), "");
}

TEST(TranscriptRules, punctuation) {
  const TranscriptOptions plain{.remove_punctuation = true};
  EXPECT_EQ(apply(plain, "\"Hello, world!\" -- she said…"), "hello world she said");
  EXPECT_EQ(apply(plain, "Don’t 'quote' the dogs' well-known rock'n'roll"),
            "don't quote the dogs well known rock'n'roll");
  EXPECT_EQ(apply(plain, "and/or U.S.A. 3,5 %"), "and or usa 35");
  EXPECT_EQ(apply(plain, "¿Qué? 你好，世界。 «да» col·lecció"), "qué 你好世界 да col·lecció");
  EXPECT_EQ(apply(plain, "5 $ + 3 < 9"), "5 $ + 3 < 9");  // symbols are no punctuation
  EXPECT_EQ(apply(plain, "...!?"), "");
  EXPECT_EQ(apply({}, "Hello, world!"), "hello, world!");
}

TEST(TranscriptRules, chars_to_remove_before_and_after_the_case_changes) {
  EXPECT_EQ(apply({.chars_to_remove = ",?A"}, "A, b? a"), "b a");
  EXPECT_EQ(apply({.chars_to_remove = "ä"}, "A\u0308 Ä a"), "a");
  EXPECT_NE(error_of(ErrorKind::user, [] { TranscriptRules({.chars_to_remove = "\xff"}); }),
            "no error");
}

TEST(TranscriptRules, letters_that_compose_when_others_are_taken_out) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "e";
  for (int i = 0; i < 50; ++i) text += "\u0301";
  EXPECT_EQ(apply({.chars_to_remove = "é"}, text + "x"), "x");
  EXPECT_EQ(apply({.chars_to_remove = "é"}, "m" + text + "\u0301"), "\u1e3f");
}

TEST(TranscriptRules, case_of_a_vocabulary) {
  const std::string_view lower[] = {"ab"}, upper[] = {"AB"}, both[] = {"aB"}, none[] = {"你"};
  const auto settled = [](std::span<const std::string_view> texts) {
    const CtcVocabulary vocabulary = CtcVocabulary::from_texts(texts);
    return settle_case({}, &vocabulary).letter_case;
  };
  EXPECT_EQ(settled(lower), TranscriptCase::lower);
  EXPECT_EQ(settled(upper), TranscriptCase::upper);
  EXPECT_EQ(settled(both), TranscriptCase::keep);
  EXPECT_EQ(settled(none), TranscriptCase::keep);
  EXPECT_EQ(settle_case({}, nullptr).letter_case, TranscriptCase::lower);
  EXPECT_EQ(settle_case({.letter_case = TranscriptCase::upper}, nullptr).letter_case,
            TranscriptCase::upper);
}

TEST(TranscriptRules, what_it_gives_stays_as_it_is) {
  // Code points that change under one rule or another, in random order.
  const std::u32string points =
      U"aAbΣσςİıßŉﬁ①Ａe\u0301\u0308\u0307\u0323'’-–/|., \u00a0\u200b\u200d·۔1çÇ\u0345Ω\u212bK";
  int changed = 0;
  for (std::uint64_t round = 0; round < 2000; ++round) {
    const Rng rng(7, "transcripts", round);
    std::string text;
    for (std::uint64_t i = 0; i < 12; ++i) {
      append_utf8(text, points[rng.below(i, points.size())]);
    }
    const TranscriptOptions options{
        .letter_case = static_cast<TranscriptCase>(rng.below(20, 4)),
        .remove_punctuation = rng.below(21, 2) == 1,
        .chars_to_remove = rng.below(22, 2) == 1 ? "é1b" : "",
        .unicode_normalization = static_cast<TranscriptForm>(rng.below(23, 3)),
        .transcript_language = rng.below(24, 2) == 1   ? "tr"
                               : rng.below(25, 2) == 1 ? "lt"
                                                       : ""};
    const TranscriptRules rules(options);
    const std::string once = rules.apply(text);
    ASSERT_EQ(rules.apply(once), once) << text;
    changed += once != text;
  }
  EXPECT_GT(changed, 1500);
}

}  // namespace
}  // namespace attune
