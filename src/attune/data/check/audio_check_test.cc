#include <algorithm>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"
#include "attune/data/audio/audio_statistics.h"
#include "attune/data/audio/testing/sound_file.h"
#include "attune/data/check/audio_findings.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

AudioDataset clips_of(const std::vector<std::string>& texts, double seconds = 1) {
  AudioDataset data;
  data.files = {"m.csv"};
  for (const std::string& text : texts) {
    data.examples.push_back({.path = "c" + std::to_string(data.examples.size()) + ".wav",
                             .seconds = seconds,
                             .text = text,
                             .file = 0,
                             .line = std::ssize(data.examples) + 2});
  }
  return data;
}

const Finding* find(const DataCheck& check, const std::string& kind) {
  const auto found = std::ranges::find(check.findings, kind, &Finding::kind);
  return found == check.findings.end() ? nullptr : &*found;
}

std::vector<std::int64_t> indices(const Finding& finding) {
  std::vector<std::int64_t> all;
  for (const FoundExamples& found : finding.examples) all.push_back(found.examples.back().index);
  return all;
}

SoundLook sound(std::uint64_t samples) {
  return {.samples = samples, .sample_rate = 16000, .channels = 1, .peak = 0.5, .rms = 0.1};
}

TEST(SoundLook, of_samples) {
  const float samples[] = {0, 1, -1, 0.5};
  const SoundLook look = look_at_sound(samples, 8000);
  EXPECT_EQ(look.peak, 1);
  EXPECT_FLOAT_EQ(look.rms, 0.75);
  EXPECT_EQ(look.clipped, 0.5);
  EXPECT_EQ(look.seconds, 0.0005);
  const float other[] = {-0.0f, 1, -1, 0.5};
  EXPECT_EQ(look_at_sound(other, 8000).samples, look.samples);
  EXPECT_NE(look_at_sound(other, 16000).samples, look.samples);
  const float reversed[] = {0.5, -1, 1, 0};
  EXPECT_NE(look_at_sound(reversed, 8000).samples, look.samples);
}

TEST(ScanClips, decodes_pieces_and_tells_what_cannot_be_used) {
  TemporaryFolder folder;
  const std::string path = (folder.path() / "a.wav").string();
  write_sound(path, tone(1));
  AudioDataset data;
  data.examples = {{.path = path, .text = "a"},
                   {.path = path, .begin = 0.25, .end = 0.75, .text = "b"},
                   {.path = path, .begin = 0.25, .end = 0.75, .text = "c"},
                   {.path = (folder.path() / "none.wav").string(), .text = "d"}};
  ScannedClips known;
  const std::vector<std::pair<std::string, AudioDataset*>> parts = {{"train", &data}};
  EXPECT_THAT(error_of(ErrorKind::data, [&] { scan_clips(parts, OnBadRow::error, 1, known); }),
              HasSubstr("none.wav"));
  const auto scans = scan_clips(parts, OnBadRow::skip, 2, known);
  EXPECT_EQ(known.size(), 3U);
  ASSERT_EQ(data.size(), 3);
  EXPECT_EQ(data.bad_rows.size(), 1U);
  EXPECT_DOUBLE_EQ(scans[0].looks[0].seconds, 1);
  EXPECT_DOUBLE_EQ(scans[0].looks[1].seconds, 0.5);
  EXPECT_EQ(scans[0].looks[1], scans[0].looks[2]);
  EXPECT_NE(scans[0].looks[1].samples, scans[0].looks[0].samples);
  // The piece is the samples of the whole from there on.
  const std::vector<float> whole = tone(1);
  EXPECT_NEAR(scans[0].looks[1].rms, look_at_sound(std::span(whole).subspan(4000, 8000), 16000).rms,
              1e-4);
}

TEST(CheckClips, nothing_is_said_of_sound_data) {
  AudioParts parts;
  std::vector<std::string> texts;
  for (int i = 0; i < 30; ++i) texts.push_back("some words " + std::string(1, 'a' + i % 26) + "'s");
  parts.train = clips_of(texts);
  AudioScan scan;
  for (std::uint64_t i = 1; i <= 30; ++i) scan.looks.push_back(sound(i));
  const DataCheck check = check_clips(parts, {scan}, {.policy = OnBadRow::error});
  EXPECT_TRUE(check.findings.empty()) << check.to_text(5);
}

TEST(CheckClips, odd_paces) {
  AudioParts parts;
  parts.train = clips_of(std::vector<std::string>(40, "ten letter"));
  parts.train.examples[7].seconds = 0.2;
  parts.train.examples[9].seconds = 9;
  parts.train.examples[11].seconds = 1.5;
  const DataCheck check = check_clips(parts, {}, {});
  ASSERT_NE(find(check, "too_much_text"), nullptr);
  EXPECT_THAT(indices(*find(check, "too_much_text")), ElementsAre(7));
  EXPECT_THAT(indices(*find(check, "too_little_text")), ElementsAre(9));
  EXPECT_THAT(
      find(check, "too_much_text")->text,
      HasSubstr("1 clip has far more characters a second than others (10.0 in the middle)"));
}

TEST(CheckClips, characters) {
  AudioParts parts;
  parts.train = clips_of({std::string(1200, 'a') + "ß", "b b b", "b"});
  parts.validation = clips_of({"abé", "éé"});
  const DataCheck check = check_clips(parts, {}, {});
  const Finding* const rare = find(check, "rare_characters");
  ASSERT_NE(rare, nullptr);
  EXPECT_THAT(rare->lines, ElementsAre("ß (U+00DF): 1 time"));
  const Finding* const unknown = find(check, "unknown_characters");
  ASSERT_NE(unknown, nullptr);
  EXPECT_EQ(unknown->text, "1 character of transcripts is unknown to the training part: 3 in all");
  EXPECT_THAT(unknown->lines, ElementsAre("é (U+00E9): 3 times"));
  const std::string_view known[] = {"aé"};
  const CtcVocabulary vocabulary = CtcVocabulary::from_texts(known);
  const DataCheck with = check_clips(parts, {}, {.vocabulary = &vocabulary});
  EXPECT_THAT(find(with, "unknown_characters")->lines,
              ElementsAre("b (U+0062): 5 times", "ß (U+00DF): 1 time"));
}

TEST(CheckClips, what_is_no_letter_is_told_by_kind) {
  AudioParts parts;
  parts.train = clips_of({"it's well-known", "at 10 [laughs]", "fun 😀 for 5 $", "so, what?"});
  parts.validation = clips_of({"room 1"});
  const DataCheck check = check_clips(parts, {}, {});
  const Finding& digits = *find(check, "digits_in_transcripts");
  EXPECT_EQ(digits.text, "3 clips have digits in their transcripts");
  EXPECT_THAT(digits.lines,
              ElementsAre("1 (U+0031): 2 times", "0 (U+0030): 1 time", "5 (U+0035): 1 time"));
  EXPECT_EQ(check.show(digits.examples[0].examples[0]).source, "m.csv:3 (c1.wav)");
  EXPECT_THAT(digits.advice, HasSubstr("write numbers as words"));
  EXPECT_THAT(find(check, "brackets_in_transcripts")->advice, HasSubstr("--remove-punctuation"));
  const Finding& symbols = *find(check, "symbols_in_transcripts");
  EXPECT_EQ(symbols.text, "1 clip has symbols or emoji in its transcript");
  EXPECT_THAT(symbols.lines, ElementsAre("$ (U+0024): 1 time", "😀 (U+1F600): 1 time"));
  EXPECT_THAT(symbols.advice, HasSubstr("--chars-to-remove"));
  EXPECT_THAT(find(check, "punctuation_in_transcripts")->lines,
              ElementsAre(", (U+002C): 1 time", "? (U+003F): 1 time"));
  EXPECT_EQ(find(check, "punctuation_in_transcripts")->severity, Severity::note);
  EXPECT_EQ(find(check, "mixed_scripts"), nullptr);
}

TEST(CheckClips, letters_of_other_scripts) {
  AudioParts parts;
  // An a of Cyrillic in a Latin word.
  parts.train = clips_of({std::string(400, 'a'), "s\u0430me words", "漢字かな"});
  const DataCheck check = check_clips(parts, {}, {});
  EXPECT_EQ(find(check, "mixed_scripts")->text, "1 clip has a word with letters of two scripts");
  EXPECT_EQ(find(check, "mixed_scripts")->examples[0].detail, "s\u0430me");
  EXPECT_EQ(find(check, "other_scripts")->text,
            "2 clips have letters of other scripts than Latin in their transcripts");
  parts.train = clips_of({"漢字かなカナ", "한글"});
  EXPECT_EQ(find(check_clips(parts, {}, {}), "mixed_scripts"), nullptr);
}

TEST(CheckClips, clips_that_are_measured_on_and_learnt_from) {
  AudioParts parts;
  parts.train = clips_of({"a", "b", "c"}, 4);
  parts.validation = clips_of({"x", "y", "z", "v"}, 4);
  for (std::size_t i = 0; i < 4; ++i) parts.validation->examples[i].path = std::to_string(i);
  parts.validation->examples[1].path = "./d/../c1.wav";  // c1.wav by another name
  parts.validation->examples[2].path = "c2.wav";
  parts.validation->examples[2].begin = 3;  // mostly behind what is learnt from
  AudioDataset replayed = clips_of({"old"}, 4), measured = clips_of({"old", "other"}, 4);
  replayed.examples[0].path = "3";
  measured.examples[0].path = "3";
  measured.examples[1].path = "4";
  const DataCheck check =
      check_clips(parts, {}, {.old = {.replayed = &replayed, .measured = &measured}});
  const Finding& learnt = *find(check, "learnt_clips");
  EXPECT_EQ(learnt.text,
            "2 clips of validation are learnt from too: the same recording at the same time");
  EXPECT_THAT(indices(learnt), ElementsAre(1, 3));
  EXPECT_EQ(learnt.examples[0].detail, "learnt as m.csv:3 (c1.wav)");
  EXPECT_EQ(learnt.severity, Severity::warning);
  EXPECT_EQ(std::ranges::count(check.findings, "learnt_clips", &Finding::kind), 2);
  EXPECT_THAT(check.findings,
              ::testing::Contains(::testing::Field(
                  &Finding::lines, ElementsAre("m.csv:2 (3): learnt as m.csv:2 (3)"))));
  EXPECT_EQ(find(check_clips(parts, {}, {.old = {}}), "learnt_clips")->examples.size(), 1U);
}

TEST(CheckClips, duplicates_and_transcripts) {
  AudioParts parts;
  parts.train = clips_of({"a", "b", "a"});
  parts.test = clips_of({"b", "c"});
  AudioScan train, test;
  train.looks = {sound(1), sound(2), sound(1)};
  test.looks = {sound(3), sound(2)};
  const DataCheck check = check_clips(parts, {train, test}, {});
  EXPECT_THAT(find(check, "duplicates_within_a_part")->text, HasSubstr("1 clip of train"));
  EXPECT_THAT(indices(*find(check, "duplicates_between_parts")), ElementsAre(1));
  EXPECT_THAT(find(check, "duplicates_with_other_transcripts")->text,
              HasSubstr("different transcripts"));
  EXPECT_THAT(indices(*find(check, "transcripts_in_two_parts")), ElementsAre(0));
  parts.train = clips_of(std::vector<std::string>(20, "yes"));
  EXPECT_THAT(find(check_clips(parts, {}, {}), "frequent_transcripts")->examples.at(0).detail,
              "20 clips");
}

TEST(CheckClips, sound) {
  AudioParts parts;
  parts.train = clips_of({"a", "b", "c", "d", "e"});
  AudioScan scan;
  scan.looks = {sound(1), sound(2), sound(3), sound(4), sound(5)};
  scan.looks[0].peak = 1e-5f;
  scan.looks[1].clipped = 0.02;
  scan.looks[2].sample_rate = 44100;
  scan.looks[3].channels = 2;
  const DataCheck check = check_clips(
      parts, {scan}, {.is_feasible = [](const AudioExample& clip) { return clip.text != "e"; }});
  EXPECT_THAT(indices(*find(check, "silent_clips")), ElementsAre(0));
  EXPECT_THAT(indices(*find(check, "clipped_clips")), ElementsAre(1));
  EXPECT_THAT(find(check, "other_sample_rates")->lines, ElementsAre("44,100 Hz: 1 clips"));
  EXPECT_THAT(indices(*find(check, "several_channels")), ElementsAre(3));
  EXPECT_THAT(indices(*find(check, "too_short_for_their_transcripts")), ElementsAre(4));
  EXPECT_FALSE(check.stops_a_run());
}

TEST(CheckClips, speakers_and_bad_rows) {
  AudioParts parts;
  parts.train = clips_of({"a", "c"});
  parts.validation = clips_of({"b"});
  parts.train.examples[0].group = parts.validation->examples[0].group = "ann";
  EXPECT_EQ(find(check_clips(parts, {}, {}), "speakers_in_two_parts"), nullptr);
  parts.train.examples[1].group = "bob";
  parts.train.bad_rows = {{"m.csv", 9, "no such file"}};
  parts.train.outside_limits = {{"m.csv", 10, "too long"}};
  const DataCheck check = check_clips(parts, {}, {.policy = OnBadRow::error});
  EXPECT_EQ(find(check, "speakers_in_two_parts")->text, "1 speaker has clips in two parts");
  EXPECT_EQ(find(check, "speakers_in_two_parts")->severity, Severity::warning);
  EXPECT_THAT(find(check, "cannot_be_used")->lines, ElementsAre("m.csv:9: no such file"));
  EXPECT_EQ(check.statistics.splits[0].bad_rows, 2);
}

TEST(AudioStatistics, hours_and_characters) {
  AudioParts parts;
  parts.train = clips_of({"ab a", "b", "c"}, 1800);
  parts.train.examples[0].seconds = 1;
  const DatasetStatistics statistics = audio_statistics(parts, {});
  const SpeechStatistics& speech = statistics.splits.at(0).speech.value();
  EXPECT_EQ(speech.seconds, 3601);
  EXPECT_EQ(speech.min_seconds, 1);
  EXPECT_EQ(speech.median_seconds, 1800);
  EXPECT_EQ(speech.words, 4);
  EXPECT_EQ(speech.characters, 6);
  EXPECT_EQ(speech.alphabet, 3);
  EXPECT_EQ(speech.bin_seconds, 256);
  EXPECT_THAT(speech.histogram, ElementsAre(1, 0, 0, 0, 0, 0, 0, 2));
  EXPECT_THAT(statistics.to_text(), HasSubstr("1.00"));
  EXPECT_THAT(statistics.histograms_text(), HasSubstr("1792-2048"));
  EXPECT_EQ(statistics.to_json()["splits"][0]["speech"]["alphabet"], 3);
}

}  // namespace
}  // namespace attune
