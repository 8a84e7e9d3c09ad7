#include <limits>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/subtitles/cues.h"
#include "attune/media/text/subtitles/subtitle_file.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Words of a text, each `each` seconds long, one behind another.
std::vector<SpokenWord> said(const std::string& text, double begin = 0, double each = 0.25) {
  std::vector<SpokenWord> words;
  for (const std::string& word : split(text, ' ')) {
    words.push_back({word, begin, begin + each});
    begin += each;
  }
  return words;
}

TEST(Cues, lines_are_short_and_about_equally_long) {
  const auto cues = lay_out_cues(said("so this is what a line of more than forty two letters is"));
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_THAT(cues[0].lines,
              ElementsAre("so this is what a line of more", "than forty two letters is"));
  EXPECT_DOUBLE_EQ(cues[0].begin, 0);
  EXPECT_DOUBLE_EQ(cues[0].end, 3.25);
}

TEST(Cues, begin_anew_behind_a_pause_a_sentence_and_where_no_more_fits) {
  auto words = said("one two", 0);
  for (const auto& word : said("three. four", 1.5)) words.push_back(word);
  const auto cues = lay_out_cues(words);
  ASSERT_EQ(cues.size(), 3U);
  EXPECT_THAT(cues[0].lines, ElementsAre("one two"));
  EXPECT_THAT(cues[1].lines, ElementsAre("three."));
  EXPECT_THAT(cues[2].lines, ElementsAre("four"));
  // Half a second of words stays for one; the second makes room for the third.
  EXPECT_DOUBLE_EQ(cues[0].end, 1);
  EXPECT_DOUBLE_EQ(cues[1].end, 1.75 - 0.08);

  const std::string ten = "aaaaaaaaaa";
  const auto full = lay_out_cues(
      said(ten + " " + ten + " " + ten + " " + ten + " " + ten + " " + ten + " " + ten));
  ASSERT_EQ(full.size(), 2U);  // three to a line
  EXPECT_EQ(full[0].lines.size(), 2U);
  EXPECT_EQ(lay_out_cues(said("a b c d", 0, 2)).size(), 2U);  // three of them are 6 s
}

TEST(Cues, never_overlap_and_keep_every_word) {
  for (int seed = 0; seed < 50; ++seed) {
    std::vector<SpokenWord> words;
    std::uint64_t state = static_cast<std::uint64_t>(seed) + 1;
    const auto draw = [&](int below) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return static_cast<int>((state >> 33) % static_cast<std::uint64_t>(below));
    };
    double at = 0;
    std::string all;
    for (int i = 0; i < 60; ++i) {
      const double length = draw(80) * 0.01;
      words.push_back({std::string(1 + static_cast<std::size_t>(draw(draw(9) == 0 ? 60 : 9)), 'a'),
                       at, at + length});
      all += words.back().text;
      at += length + (draw(5) == 0 ? draw(200) * 0.01 : 0);
    }
    double before = 0;
    std::string shown;
    for (const Cue& cue : lay_out_cues(words)) {
      EXPECT_GE(cue.begin, before);
      EXPECT_GE(cue.end, cue.begin);
      EXPECT_LE(cue.end - cue.begin, 7 + 1e-9);
      EXPECT_LE(cue.lines.size(), 2U);
      for (const std::string& line : cue.lines) {
        EXPECT_TRUE(line.size() <= 42 || line.find(' ') == line.npos) << line;
        for (const std::string& word : split(line, ' ')) shown += word;
      }
      before = cue.end;
    }
    EXPECT_EQ(shown, all);
  }
}

TEST(Cues, break_writing_without_spaces_between_symbols) {
  TimedWord word;
  std::string text;
  for (std::int64_t i = 0; i < 60; ++i) word.add({"語", i, i + 1, 1});
  const auto cues = lay_out_cues(spoken_words(std::vector{word}, 0.02));
  ASSERT_EQ(cues.size(), 1U);
  ASSERT_EQ(cues[0].lines.size(), 2U);
  EXPECT_EQ(utf8_length(cues[0].lines[0]), 30U);
  EXPECT_EQ(utf8_length(cues[0].lines[1]), 30U);
  EXPECT_DOUBLE_EQ(cues[0].end, 1.2);
  const auto words = spoken_words(std::vector{word}, 0.02, 60);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_DOUBLE_EQ(words[0].end, 1.2);
}

TEST(Cues, refuse_what_cannot_be) {
  const auto problem = [](std::vector<SpokenWord> words) {
    return error_of(ErrorKind::data, [&] { lay_out_cues(words); });
  };
  EXPECT_THAT(problem({{"a", 2, 3}, {"b", 1, 2}}), HasSubstr("\"b\" from 1 to 2 s behind one"));
  EXPECT_THAT(problem({{"a", 2, 1}}), HasSubstr("times in order"));
  EXPECT_THAT(problem({{"a", 2, std::numeric_limits<double>::infinity()}}), HasSubstr("inf"));
  EXPECT_THAT(problem({{"", 1, 2}}), HasSubstr("expected a text"));
  EXPECT_THAT(error_of(ErrorKind::user, [] { lay_out_cues({}, {.max_lines = 0}); }),
              HasSubstr("subtitles of 0 lines"));
  EXPECT_TRUE(lay_out_cues({}).empty());
}

TEST(SubtitleFile, as_subrip_has_it) {
  const std::vector<Cue> cues = {{0.0004, 1.9996, {"one", "two & <three>"}},
                                 {3600 * 100 + 61.5, 3600 * 100 + 62, {"later"}}};
  EXPECT_EQ(subtitle_file(cues, SubtitleFormat::srt),
            "1\n00:00:00,000 --> 00:00:02,000\none\ntwo & <three>\n\n"
            "2\n100:01:01,500 --> 100:01:02,000\nlater\n\n");
}

TEST(SubtitleFile, as_webvtt_has_it) {
  const std::vector<Cue> cues = {{59.9999, 60.5, {"a --> b", "&amp;"}}};
  EXPECT_EQ(subtitle_file(cues, SubtitleFormat::vtt),
            "WEBVTT\n\n00:01:00.000 --> 00:01:00.500\na --&gt; b\n&amp;amp;\n\n");
  EXPECT_EQ(subtitle_file({}, SubtitleFormat::vtt), "WEBVTT\n\n");
}

TEST(SubtitleFile, does_not_overlap_by_rounding) {
  const std::vector<Cue> cues = {
      {1, 1.00051, {"a"}}, {1.00052, 1.0006, {"b"}}, {1.0007, 2, {"c\n"}}};
  EXPECT_EQ(subtitle_file(cues, SubtitleFormat::srt),
            "1\n00:00:01,000 --> 00:00:01,001\na\n\n2\n00:00:01,001 --> 00:00:01,002\nb\n\n"
            "3\n00:00:01,002 --> 00:00:02,000\nc \n\n");
  const std::vector<Cue> wrong = {{1, 2, {"a"}}, {1.5, 3, {"b"}}};
  EXPECT_THAT(error_of(ErrorKind::user, [&] { subtitle_file(wrong, SubtitleFormat::srt); }),
              HasSubstr("subtitle 2 lasts from 1.5 to 3 s, and the one before it to 2 s"));
}

}  // namespace
}  // namespace attune
