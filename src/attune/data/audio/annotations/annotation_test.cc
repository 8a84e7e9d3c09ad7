#include "attune/data/audio/annotations/annotation.h"

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/audio/annotations/eaf.h"
#include "attune/data/audio/annotations/subtitles.h"
#include "attune/data/audio/annotations/textgrid.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kLong = R"(File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.5
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.25
            text = "he said ""no"" 3"
        intervals [2]:
            xmin = 1.25
            xmax = 2.5
            text = ""
    item [2]:
        class = "TextTier"
        name = "tones"
        xmin = 0
        xmax = 2.5
        points: size = 1
        points [1]:
            number = 0.5
            mark = "H*"
)";

constexpr const char* kShort = R"(File type = "ooTextFile"
"TextGrid"

0
2.5
<exists>
1
"IntervalTier"
"words"
0
2.5
1
0 2.5 "two
lines" ! a comment
)";

std::string error_in_textgrid(const std::string& text) {
  return error_of(ErrorKind::data, [&] { parse_textgrid(text, "t"); });
}

TEST(TextGrid, long_and_short_form) {
  const Annotation annotation = parse_textgrid(kLong, "t");
  ASSERT_EQ(annotation.tiers.size(), 1U);
  EXPECT_EQ(annotation.tiers[0].name, "words");
  ASSERT_EQ(annotation.tiers[0].pieces.size(), 2U);
  const AnnotatedPiece& piece = annotation.tiers[0].pieces[0];
  EXPECT_EQ(piece.text, "he said \"no\" 3");
  EXPECT_EQ(piece.begin, 0);
  EXPECT_EQ(piece.end, 1.25);
  EXPECT_EQ(piece.line, 18);
  const Annotation brief = parse_textgrid(kShort, "t");
  EXPECT_EQ(brief.tiers.at(0).pieces.at(0).text, "two\nlines");
  EXPECT_EQ(brief.tiers.at(0).pieces.at(0).end, 2.5);
}

TEST(TextGrid, tells_the_line) {
  const std::string text = kLong;
  EXPECT_THAT(error_in_textgrid(text.substr(0, 300)), HasSubstr("the file ends where"));
  EXPECT_THAT(error_in_textgrid("File type = \"x\"\n"), HasSubstr("ooTextFile"));
  EXPECT_THAT(error_in_textgrid("\"ooTextFile\"\n\"Pitch\"\n"), HasSubstr("t:2: it holds a Pitch"));
  EXPECT_THAT(error_in_textgrid("\"ooTextFile\"\n\"TextGrid\"\n0 \"a\""),
              HasSubstr("t:3: expected the end, a number, got \"a\""));
  EXPECT_THAT(error_in_textgrid("\"ooTextFile\"\n\"TextGrid\"\n0 1 <exists> 99999"),
              HasSubstr("expected the number of tiers"));
  EXPECT_THAT(error_in_textgrid("\"ooTextFile\"\n\"Text"), HasSubstr("t:2: a text begins with"));
}

constexpr const char* kEaf = R"(<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT>
  <HEADER TIME_UNITS="milliseconds">
    <MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/x/my%20talk.wav" RELATIVE_MEDIA_URL="./my%20talk.wav"/>
  </HEADER>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="500"/>
    <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1750"/>
    <TIME_SLOT TIME_SLOT_ID="ts3"/>
  </TIME_ORDER>
  <TIER TIER_ID="ref" PARTICIPANT="Ann">
    <ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
        <ANNOTATION_VALUE>fish &amp; chips &#228;</ANNOTATION_VALUE>
      </ALIGNABLE_ANNOTATION>
    </ANNOTATION>
    <ANNOTATION>
      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
        <ANNOTATION_VALUE>no end</ANNOTATION_VALUE>
      </ALIGNABLE_ANNOTATION>
    </ANNOTATION>
  </TIER>
  <TIER TIER_ID="translation" PARENT_REF="ref">
    <ANNOTATION>
      <REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1">
        <ANNOTATION_VALUE>Fisch</ANNOTATION_VALUE>
      </REF_ANNOTATION>
    </ANNOTATION>
  </TIER>
</ANNOTATION_DOCUMENT>
)";

TEST(Eaf, tiers_times_and_media) {
  const Annotation annotation = parse_eaf(kEaf, "e");
  EXPECT_THAT(annotation.media, ElementsAre("./my talk.wav", "/C:/x/my talk.wav"));
  ASSERT_EQ(annotation.tiers.size(), 2U);
  const AnnotatedPiece& first = annotation.tiers[0].pieces.at(0);
  EXPECT_EQ(first.text, "fish & chips ä");
  EXPECT_EQ(first.begin, 0.5);
  EXPECT_EQ(first.end, 1.75);
  EXPECT_EQ(first.speaker, "Ann");
  EXPECT_EQ(first.line, 13);
  EXPECT_THAT(annotation.tiers[0].pieces.at(1).problem,
              HasSubstr("a2 of tier \"ref\" has no time"));
  const AnnotatedPiece& referring = annotation.tiers[1].pieces.at(0);
  EXPECT_EQ(referring.text, "Fisch");
  EXPECT_EQ(referring.begin, 0.5);
}

TEST(Eaf, refuses_what_it_is_not) {
  const auto error = [](const std::string& text) {
    return error_of(ErrorKind::data, [&] { parse_eaf(text, "e"); });
  };
  EXPECT_THAT(error("<a>\n<b>\n</a>"), HasSubstr("e:3: it is no well-formed XML"));
  EXPECT_THAT(error("<a/>"), HasSubstr("no ANNOTATION_DOCUMENT"));
  EXPECT_THAT(error("<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID='a' "
                    "TIME_VALUE='x'/></TIME_ORDER></ANNOTATION_DOCUMENT>"),
              HasSubstr("TIME_VALUE is \"x\""));
  EXPECT_THAT(error("<ANNOTATION_DOCUMENT><HEADER TIME_UNITS='frames'/></ANNOTATION_DOCUMENT>"),
              HasSubstr("times are in frames"));
  // Annotations that refer to each other have no time; entities are not expanded.
  const Annotation circle = parse_eaf(
      "<!DOCTYPE x [<!ENTITY b \"boom\">]><ANNOTATION_DOCUMENT><TIER TIER_ID='t'>"
      "<ANNOTATION><REF_ANNOTATION ANNOTATION_ID='a' ANNOTATION_REF='b'><ANNOTATION_VALUE>&b;"
      "</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
      "<ANNOTATION><REF_ANNOTATION ANNOTATION_ID='b' ANNOTATION_REF='a'/></ANNOTATION>"
      "</TIER></ANNOTATION_DOCUMENT>",
      "e");
  EXPECT_THAT(circle.tiers.at(0).pieces.at(0).problem, HasSubstr("no time"));
  EXPECT_EQ(circle.tiers.at(0).pieces.at(0).text, "&b;");
}

TEST(Subtitles, sub_rip) {
  const Annotation annotation = parse_subtitles(
      "1\r\n00:00:01,500 --> 00:00:04,000\r\n<i>Hello</i> <font color=\"x\">there</font>,\r\n"
      "{\\an8}3 < 4 &amp; you\r\n\r\n\r\n2\n01:02:03.250 --> 01:02:04,5\n- Yes\n",
      "s");
  const auto& pieces = annotation.tiers.at(0).pieces;
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].text, "Hello there, 3 < 4 &amp; you");
  EXPECT_EQ(pieces[0].begin, 1.5);
  EXPECT_EQ(pieces[0].end, 4);
  EXPECT_EQ(pieces[0].line, 2);
  EXPECT_EQ(pieces[1].begin, 3723.25);
  EXPECT_EQ(pieces[1].end, 3724.5);
  EXPECT_EQ(pieces[1].line, 8);
}

TEST(Subtitles, web_vtt) {
  const Annotation annotation = parse_subtitles(
      "WEBVTT - a title\nKind: captions\n\nNOTE by hand\n\nSTYLE\n::cue { color: red }\n\n"
      "intro\n00:01.000 --> 00:02.500 align:start position:0%\n<v.loud Ann &amp; Co>Fish &amp; "
      "<00:01.500><c>chips</c></v>\n\n00:03.000 --> 00:04.000\n",
      "s");
  const auto& pieces = annotation.tiers.at(0).pieces;
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].text, "Fish & chips");
  EXPECT_EQ(pieces[0].speaker, "Ann & Co");
  EXPECT_EQ(pieces[0].begin, 1);
  EXPECT_EQ(pieces[0].end, 2.5);
  EXPECT_THAT(pieces[1].text, IsEmpty());
}

TEST(Subtitles, tell_the_line) {
  const auto error = [](const std::string& text) {
    return error_of(ErrorKind::data, [&] { parse_subtitles(text, "s"); });
  };
  EXPECT_THAT(error("1\n00:00:01 -> 00:00:02\nx\n"), HasSubstr("s:1: expected a cue"));
  EXPECT_THAT(error("\n\n1\n00:00:01,000 --> soon\nx\n"),
              AllOf(HasSubstr("s:4: expected times"), HasSubstr("soon")));
  EXPECT_THAT(error("WEBVTT\n\na line of text\n"), HasSubstr("s:3: expected a cue"));
}

TEST(Annotation, encodings) {
  TemporaryFolder folder;
  const auto read = [&](const std::string& name, const std::string& bytes,
                        const std::string& encoding = "utf-8") {
    write_file_atomically(folder.path() / name, bytes);
    return read_annotation(folder.path() / name, encoding);
  };
  const std::string cue = "1\n00:00:01,000 --> 00:00:02,000\n";
  EXPECT_EQ(read("a.srt", "\xEF\xBB\xBF" + cue + "ä").tiers[0].pieces[0].text, "ä");
  EXPECT_EQ(read("a.SRT", cue + "\xE4", "latin-1").tiers[0].pieces[0].text, "ä");
  std::string wide = "\xFF\xFE";
  for (const char c : std::string(kShort)) {
    wide += c;
    wide += '\0';
  }
  EXPECT_EQ(read("a.TextGrid", wide).tiers[0].name, "words");
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read("b.srt", cue + "\xE4"); }),
              AllOf(HasSubstr("b.srt:3"), HasSubstr("--encoding")));
  EXPECT_THAT(error_of(ErrorKind::data, [&] { read("b.srt", ""); }), HasSubstr("is empty"));
}

}  // namespace
}  // namespace attune
