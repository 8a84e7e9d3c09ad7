#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/eval/report/sections/speech/character_confusions.h"
#include "attune/eval/report/sections/speech/rates_by_group.h"
#include "attune/eval/report/sections/speech/transcript_mistakes_section.h"
#include "attune/eval/report/sections/speech/transcript_results_section.h"
#include "attune/eval/report/sections/speech/word_diff.h"
#include "attune/eval/report/testing.h"
#include "attune/media/audio/files/encode.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kSound = "data:audio/ogg;base64,T2dnUw==";

TranscriptEvaluation evaluation_of(std::vector<TranscriptResult> texts) {
  TranscriptEvaluation evaluation{.texts = std::move(texts), .data_name = "test"};
  for (const TranscriptResult& text : evaluation.texts) {
    evaluation.rates.add(text.reference, text.hypothesis);
  }
  evaluation.intervals = evaluation.rates.intervals(speakers_of(evaluation.texts), 200, 7);
  return evaluation;
}

TranscriptEvaluation sample() {
  return evaluation_of(
      {{"a.wav", "the cat sat on the mat", "the cat sat on the mat", 1.9, "ann", ""},
       {"b.wav", "it rains in spain in the winter", "it trains spain in the winter today", 3.2,
        "bob", kSound},
       {"c.wav", "good day", "god bay", 0.8, "bob", ""},
       {"d.wav", "yes", "", 14, "", ""}});
}

/// The text of a page, without tags.
std::string text_of(const std::string& html) {
  std::string text;
  bool is_tag = false;
  for (const char c : html) {
    is_tag = c == '<' || (is_tag && c != '>');
    if (!is_tag) text += c == '>' || c == '\n' ? ' ' : c;
  }
  return text;
}

TEST(SpeakersOf, numbers_each_speaker_and_each_text_without_one) {
  std::vector<TranscriptResult> texts(5);
  EXPECT_THAT(speakers_of(texts), IsEmpty());
  texts[1].speaker = texts[4].speaker = "b";
  texts[3].speaker = "a";
  EXPECT_THAT(speakers_of(texts), ElementsAre(0, 1, 2, 3, 1));
}

TEST(WorstTranscripts, go_by_wrong_words_then_by_their_share) {
  ErrorRates rates;
  rates.add("a b c d", "a b c d");
  rates.add("a b c d", "x b c d");          // 1 of 4
  rates.add("a b", "x b");                  // 1 of 2
  rates.add("a b c d e f", "x y c d e f");  // 2 of 6
  rates.add("", "x");                       // 1, where nothing was said
  EXPECT_THAT(worst_transcripts(rates, 10), ElementsAre(3, 4, 2, 1));
  EXPECT_THAT(worst_transcripts(rates, 2), ElementsAre(3, 4));
}

TEST(WordDiff, lays_each_word_above_what_was_heard) {
  const std::string html =
      word_diff("it rains in spain in the winter", "it trains spain in the winter today").code;
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("<span class=\"w same\"><span>it</span><span>it</span></span>"));
  EXPECT_THAT(html, HasSubstr("<span class=\"w other\"><span>rains</span><b>trains</b></span>"));
  EXPECT_THAT(html, HasSubstr("<span class=\"w gone\"><del>in</del><i>–</i></span>"));
  EXPECT_THAT(html, HasSubstr("<span class=\"w more\"><i>+</i><ins>today</ins></span>"));
}

TEST(WordDiff, takes_characters_where_there_are_no_words) {
  const std::string html =
      word_diff("今天天气很好我们去公园吧好吗", "今天天很好我们去公园吧好吗").code;
  EXPECT_THAT(html, HasSubstr("<del>气</del>"));
  EXPECT_THAT(html, HasSubstr("<span>园</span><span>园</span>"));
  EXPECT_THAT(word_diff("yes", "no").code, HasSubstr("<span>yes</span><b>no</b>"));
}

TEST(WordDiff, shows_the_beginning_of_a_long_text) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "w" + std::to_string(i) + " ";
  const std::string html = word_diff(text, "").code;
  EXPECT_THAT(html, HasSubstr(">w149<"));
  EXPECT_THAT(html, Not(HasSubstr(">w150<")));
  EXPECT_THAT(html, HasSubstr("... and 850 more"));
}

TEST(TranscriptMistakes, can_be_read_and_listened_to) {
  const std::string html = page_of(transcript_mistakes_section(sample()));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("<audio controls preload=\"metadata\" aria-label=\"b.wav\" src=\"" +
                              std::string(kSound) + "\"></audio>"));
  const std::string text = text_of(html);
  EXPECT_THAT(text, HasSubstr("words wrong: 3 of 7 (1 other, 1 left out, 1 added), CER"));
  EXPECT_THAT(text, HasSubstr("words wrong: 2 of 2 (2 other)"));
  EXPECT_THAT(text, HasSubstr("3.2 s, speaker bob"));
  EXPECT_THAT(text, Not(HasSubstr("a.wav")));  // every word is right
  EXPECT_LT(text.find("b.wav"), text.find("c.wav"));
  EXPECT_LT(text.find("c.wav"), text.find("d.wav"));
  EXPECT_FALSE(transcript_mistakes_section(evaluation_of({{"a", "yes", "yes", 1, "", ""}})));
  EXPECT_THAT(page_of(transcript_mistakes_section(sample(), 1)), Not(HasSubstr("c.wav")));
}

TEST(TranscriptMistakes, refuse_a_sound_from_elsewhere) {
  for (const std::string uri :
       {"https://example.org/a.ogg", "data:audio/ogg;base64,",
        "data:text/html;base64,QQ==", "data:audio/ogg;base64,QQ\" onplay=\"alert(1)"}) {
    TranscriptEvaluation evaluation = sample();
    evaluation.texts[1].audio_uri = uri;
    EXPECT_THROW(transcript_mistakes_section(evaluation), Error) << uri;
  }
  TranscriptEvaluation short_of_one = sample();
  short_of_one.texts.pop_back();
  EXPECT_THROW(transcript_mistakes_section(short_of_one), Error);
  EXPECT_THROW(transcript_results_section(short_of_one), Error);
}

TEST(TranscriptSections, take_hostile_transcripts_as_text) {
  std::vector<TranscriptResult> texts;
  for (const std::string& name : kHostileNames) {
    const bool is_utf8 = name.find('\xff') == std::string::npos;
    texts.push_back({.name = name,
                     .reference = is_utf8 ? name : "said \x01 \x7f",
                     .hypothesis = is_utf8 ? "<b>" + name + " 'x'" : "heard",
                     .seconds = 1.0 + static_cast<double>(texts.size()),
                     .speaker = name});
  }
  TranscriptEvaluation evaluation = evaluation_of(texts);
  evaluation.data_name = kHostileNames[2];
  evaluation.notes = {{kHostileNames[0], kHostileNames[1]}};
  expect_harmless(page_of(transcript_mistakes_section(evaluation)));
  expect_harmless(page_of(transcript_results_section(evaluation)));
}

TEST(TranscriptResults, tell_rates_intervals_and_kinds) {
  TranscriptEvaluation evaluation = sample();
  evaluation.notes = {{"decoding", "beam search with 4gram.arpa"}};
  const std::string html = page_of(transcript_results_section(evaluation));
  expect_balanced(html);
  const std::string text = text_of(html);
  // 6 + 7 + 2 + 1 words; rains, good, day others, in and yes left out, today added.
  EXPECT_THAT(text, ::testing::ContainsRegex("words \\(WER\\) +37.5 % "));
  EXPECT_THAT(text, HasSubstr("95 % interval"));
  EXPECT_THAT(text, ::testing::ContainsRegex("recordings without an error *1 of 4"));
  EXPECT_THAT(text, HasSubstr("beam search with 4gram.arpa"));
  for (const char* card :
       {"Word errors by length", "Word errors by speaker", "Characters heard as others",
        "Characters left out", "Characters added"}) {
    EXPECT_THAT(text, HasSubstr(card));
  }
}

/// Of a size that people have, to be looked at.
TEST(TranscriptSections, fit_on_a_page) {
  const char* const words[] = {"der", "regen", "fällt", "heute", "über", "den", "bergen", "nicht"};
  std::vector<TranscriptResult> texts;
  for (int i = 0; i < 120; ++i) {
    TranscriptResult text{
        .name = "test.tsv:" + std::to_string(i + 2) + " (clips/" + std::to_string(i) + ".mp3)",
        .seconds = 0.8 + 0.1 * (i % 97),
        .speaker = "speaker " + std::to_string(i % 13)};
    for (int w = 0; w < 3 + i % 9; ++w) {
      const std::string word = words[(i * 7 + w * 5) % 8];
      text.reference += word + " ";
      if ((i + w) % 11 == 0) continue;
      text.hypothesis += ((i * w) % 13 == 5 ? "re" + word : word) + " ";
      if ((i + 3 * w) % 31 == 0) text.hypothesis += "ab ";
    }
    texts.push_back(std::move(text));
  }
  TranscriptEvaluation evaluation = evaluation_of(std::move(texts));
  evaluation.notes = {{"decoding", "beam search with 4gram.arpa"}, {"loss", "0.4211"}};
  for (const std::size_t i : worst_transcripts(evaluation.rates, kMaxEmbeddedClips)) {
    Waveform wave{std::vector<float>(16000), 16000};
    for (std::size_t s = 0; s < wave.samples.size(); ++s) {
      wave.samples[s] = static_cast<float>(0.3 * std::sin(0.1 * static_cast<double>(s)));
    }
    evaluation.texts[i].audio_uri = audio_data_uri(std::move(wave));
  }
  Report report{.title = "Speech recognition", .subtitle = "sample"};
  report.add(transcript_results_section(evaluation));
  report.add(transcript_mistakes_section(evaluation));
  const std::string html = render_report(report);
  expect_balanced(html);
  EXPECT_LT(html.size(), 300'000U);
  write_file_atomically(report_path("speech.html"), html);
}

TEST(TranscriptResults, leave_out_what_is_not_known) {
  const std::string html = page_of(transcript_results_section(
      evaluation_of({{"a", "yes", "yes", 0, "", ""}, {"b", "no", "no", 0, "", ""}})));
  for (const char* card : {"by length", "by speaker", "Characters heard", ">length<"}) {
    EXPECT_THAT(html, Not(HasSubstr(card)));
  }
  EXPECT_THAT(text_of(html), ::testing::ContainsRegex("words \\(WER\\) +0.0 % "));
  // No words were said at all.
  EXPECT_THAT(
      text_of(page_of(transcript_results_section(evaluation_of({{"a", "", "x", 1, "", ""}})))),
      ::testing::ContainsRegex("words \\(WER\\) +– "));
}

TEST(RatesByGroup, take_round_steps_and_leave_outliers_in_the_last) {
  std::vector<TranscriptResult> texts;
  for (int i = 0; i < 200; ++i) {
    texts.push_back({.reference = "a b", .hypothesis = i < 30 ? "a" : "a b", .seconds = 0.07 * i});
  }
  texts.push_back({.reference = "a", .hypothesis = "a", .seconds = 400});
  const auto groups = rates_by_duration(evaluation_of(texts));
  ASSERT_EQ(groups.size(), 6U);
  EXPECT_EQ(groups[0].name, "0 to 2.5 s");
  EXPECT_EQ(groups[0].clips, 36);
  EXPECT_NEAR(groups[0].words.rate(), 30.0 / 72, 1e-12);
  EXPECT_EQ(groups[5].name, "from 12.5 s");
  EXPECT_EQ(groups[5].clips, 22);
  std::int64_t clips = 0;
  for (const RateGroup& group : groups) clips += group.clips;
  EXPECT_EQ(clips, 201);
  EXPECT_THAT(rates_by_duration(evaluation_of({{"a", "b", "b", 1, "", ""}})), IsEmpty());
}

TEST(RatesByGroup, sort_speakers_by_their_rate) {
  const auto groups = rates_by_speaker(sample());
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].name, "(not known)");
  EXPECT_EQ(groups[1].name, "bob");
  EXPECT_EQ(groups[1].clips, 2);
  EXPECT_NEAR(groups[1].words.rate(), 5.0 / 9, 1e-12);
  EXPECT_EQ(groups[2].name, "ann");
  EXPECT_THAT(rates_by_speaker(evaluation_of({{"a", "b", "b", 1, "", ""}})), IsEmpty());
}

TEST(CharacterConfusions, count_what_was_taken_for_what) {
  const std::vector<TranscriptResult> texts = {{.reference = "bad bag", .hypothesis = "dad dag"},
                                               {.reference = "ab", .hypothesis = "abc"},
                                               {.reference = "x y", .hypothesis = "xy"}};
  const auto found = character_confusions(texts);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].said, U'b');
  EXPECT_EQ(found[0].heard, U'd');
  EXPECT_EQ(found[0].count, 2);
  EXPECT_EQ(found[0].said_in_all, 3);
  EXPECT_EQ(found[1].heard, U'c');
  EXPECT_EQ(found[1].said_in_all, 0);
  EXPECT_EQ(found[2].said, U' ');
  const auto cards = character_cards(found);
  ASSERT_EQ(cards.size(), 3U);
  EXPECT_THAT(text_of(cards[0].code), HasSubstr("66.7 %"));
  EXPECT_THAT(cards[1].code, HasSubstr("␣"));
  EXPECT_THAT(character_cards({}), IsEmpty());
}

TEST(CharacterConfusions, can_be_told_apart) {
  const std::vector<TranscriptResult> texts = {
      {.reference = "ı\xcc\x87", .hypothesis = "i\xc2\xad"}};  // a mark, a soft hyphen
  std::string html;
  for (const Html& card : character_cards(character_confusions(texts))) html += card.code;
  EXPECT_THAT(html, HasSubstr("U+0131"));
  EXPECT_THAT(html, HasSubstr("◌\xcc\x87"));
  EXPECT_THAT(html, HasSubstr("U+00AD"));
}

}  // namespace
}  // namespace attune
