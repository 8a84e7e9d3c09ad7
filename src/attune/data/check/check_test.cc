#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>

#include "attune/base/process/stop.h"
#include "attune/data/check/picture_findings.h"
#include "attune/data/check/text_findings.h"
#include "attune/data/text/text_parts.h"

namespace attune {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TextDataset texts(const std::vector<std::pair<std::string, std::int64_t>>& rows,
                  std::vector<std::string> labels = {"good", "bad"}) {
  TextDataset data;
  data.label_kind = LabelKind::single_label;
  data.label_names = std::move(labels);
  data.files = {"x.csv"};
  for (const auto& [text, label] : rows) {
    data.examples.push_back({.text = text,
                             .label = label,
                             .source = {0, static_cast<std::int64_t>(data.examples.size()) + 2}});
  }
  return data;
}

std::vector<SplitView> views(const TextParts& parts) {
  std::vector<SplitView> result;
  for (const auto& [name, data] : parts.parts()) result.push_back({.name = name, .data = data});
  return result;
}

const Finding* find(const DataCheck& check, const std::string& kind) {
  const auto found = std::ranges::find(check.findings, kind, &Finding::kind);
  return found == check.findings.end() ? nullptr : &*found;
}

TEST(CheckTexts, NothingIsSaidOfSoundData) {
  TextParts parts;
  std::vector<std::pair<std::string, std::int64_t>> rows;
  for (int i = 0; i < 12; ++i) rows.emplace_back("text " + std::to_string(i), i % 2);
  parts.train = texts(rows);
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  EXPECT_TRUE(check.findings.empty()) << check.to_text(5);
  EXPECT_FALSE(check.stops_a_run());
}

TEST(CheckTexts, StopsForASignal) {
  TextParts parts;
  parts.train = texts({{"a", 0}, {"b", 1}});
  requested_signal = SIGINT;
  EXPECT_THROW(check_texts({views(parts), OnBadRow::error}), Stopped);
  EXPECT_THROW(equal_pairs(std::vector<std::vector<int>>{{1, 2}}), Stopped);
  requested_signal = 0;
}

TEST(CheckTexts, FindsEqualTextsWithinAndBetweenParts) {
  TextParts parts;
  parts.train = texts({{"Good  film", 0}, {"good film", 0}, {"\u00C4rger", 1}, {"other", 1}});
  parts.test = texts({{"GOOD\u00A0FILM ", 1}, {"\u00E4rger", 1}, {"new", 0}});
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  const Finding* within = find(check, "duplicates_within_a_part");
  ASSERT_NE(within, nullptr);
  EXPECT_EQ(within->examples.size(), 1U);
  const Finding* between = find(check, "duplicates_between_parts");
  ASSERT_NE(between, nullptr);
  EXPECT_EQ(between->text, "2 texts of test are in train too: the same but for case and blanks");
  const Finding* conflicts = find(check, "duplicates_with_other_labels");
  ASSERT_NE(conflicts, nullptr);
  ASSERT_EQ(conflicts->examples.size(), 1U);
  EXPECT_EQ(check.show(conflicts->examples[0].examples[1]).source, "x.csv:2");
  EXPECT_EQ(check.show(conflicts->examples[0].examples[1]).label, "bad");
}

// A text of the test data is told of once for each part that has it, and within its own.
TEST(CheckTexts, PairsAreThoseThatStatisticsCount) {
  TextParts parts;
  parts.train = texts({{"a", 0}, {"b", 1}});
  parts.validation = texts({{"A", 0}});
  parts.test = texts({{"a ", 0}, {"a", 1}});
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  std::size_t pairs = 0;
  for (const Finding& finding : check.findings) {
    if (finding.kind.ends_with("_part") || finding.kind.ends_with("_parts")) {
      pairs += finding.examples.size();
    }
  }
  EXPECT_EQ(pairs, 6U);
  EXPECT_EQ(check.statistics.equal.size(), 6U);
  std::int64_t counted = 0;
  for (const DuplicateStatistics& found : check.statistics.duplicates) counted += found.count;
  EXPECT_EQ(counted, 6);
}

TEST(DataCheck, SummaryNamesFindingsWithoutExamples) {
  TextParts parts;
  parts.train = texts({{"good film", 0}, {"bad film", 1}});
  parts.test = texts({{"Good film", 0}, {"x", 1}});
  const std::string text = check_texts({views(parts), {}}).to_summary();
  EXPECT_THAT(text, HasSubstr("warning 1 text of test is in train too"));
  EXPECT_THAT(text, HasSubstr("attune check"));
  EXPECT_THAT(text, Not(HasSubstr("x.csv:2")));
}

TEST(CheckTexts, APairIsNotItsTextsInAnotherPlace) {
  TextParts parts;
  parts.train = texts({{"a b", 0}, {"a", 1}});
  parts.train.examples[0].text_pair = "c";
  parts.train.examples[1].text_pair = "b c";
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  EXPECT_EQ(find(check, "duplicates_within_a_part"), nullptr);
}

TEST(CheckTexts, RowsThatCannotBeUsedStopARunUnlessItSkipsThem) {
  TextParts parts;
  parts.train = texts({{"a", 0}, {"b", 1}});
  parts.train.bad_rows = {{"x.csv", 7, "the text is empty"}};
  const DataCheck strict = check_texts({views(parts), OnBadRow::error});
  EXPECT_TRUE(strict.stops_a_run());
  EXPECT_THAT(strict.to_text(5), HasSubstr("x.csv:7: the text is empty"));
  EXPECT_THAT(strict.to_text(5), HasSubstr("--on-bad-row skip"));
  EXPECT_FALSE(check_texts({views(parts), OnBadRow::skip}).stops_a_run());
}

TEST(CheckTexts, FindsLabelsThatAreSeveral) {
  TextParts parts;
  parts.train = texts({{"a", 0}, {"b", 1}, {"c", 2}, {"d", 2}}, {"edema", "mass", "edema|mass"});
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  const Finding* found = find(check, "labels_that_look_like_several");
  ASSERT_NE(found, nullptr);
  EXPECT_THAT(found->text, HasSubstr("2 rows have labels such as \"edema|mass\""));
  EXPECT_THAT(found->advice, HasSubstr("multi_label_classification --label-separator '|'"));
  parts.train.label_names = {"edema", "mass", "edema|node"};
  const DataCheck other = check_texts({views(parts), OnBadRow::error});
  EXPECT_EQ(find(other, "labels_that_look_like_several"), nullptr);
}

TEST(CheckTexts, JudgesClasses) {
  TextParts parts;
  std::vector<std::pair<std::string, std::int64_t>> rows;
  for (int i = 0; i < 60; ++i) rows.emplace_back("text " + std::to_string(i), i < 58 ? 0 : 1);
  parts.train = texts(rows, {"good", "bad", "Good ", "go\u00ADod"});
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  EXPECT_THAT(find(check, "labels_that_look_alike")->lines,
              testing::ElementsAre("\"good\", \"Good \", \"go\u00ADod\""));
  EXPECT_THAT(find(check, "labels_that_look_alike")->text, HasSubstr("3 labels differ"));
  EXPECT_THAT(find(check, "classes_with_few_examples")->text, HasSubstr("\"bad\""));
  EXPECT_EQ(find(check, "classes_without_examples")->text,
            "no example of train is of \"Good \", \"go\u00ADod\"");
}

TEST(CheckTexts, TellsWhatIsCutAndUnknown) {
  TextParts parts;
  parts.train = texts({{"a", 0}, {"b", 1}, {"c", 0}});
  const std::vector<std::int64_t> lengths = {5, 20, 5}, unknown = {0, 10, 0};
  const DataCheck check = check_texts(
      {.splits = {{"train", &parts.train, lengths, 30, 10, unknown}}, .max_length = 16});
  const Finding* cut = find(check, "texts_that_are_cut");
  ASSERT_NE(cut, nullptr);
  EXPECT_EQ(cut->severity, Severity::warning);
  EXPECT_EQ(cut->examples[0].examples[0].index, 1);
  EXPECT_THAT(find(check, "unknown_tokens")->text, HasSubstr("33.33 %"));
  EXPECT_EQ(find(check, "unknown_tokens")->examples[0].detail, "10 of 20 tokens");
}

TEST(CheckTexts, GroupsInTwoPartsStopARun) {
  TextParts parts;
  parts.train = texts({{"a", 0}, {"b", 1}});
  parts.test = texts({{"c", 0}, {"d", 1}});
  parts.train.examples[0].group = parts.test->examples[1].group = "ann";
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  ASSERT_NE(find(check, "groups_in_two_parts"), nullptr);
  EXPECT_TRUE(check.stops_a_run());
}

TEST(DataCheck, JsonHoldsFindingsWithTheirExamples) {
  TextParts parts;
  parts.train = texts({{"a\x1B[31m", 0}, {"A\x1B[31m", 1}});
  const DataCheck check = check_texts({views(parts), OnBadRow::error});
  const Json json = check.to_json();
  EXPECT_EQ(json.at("stops_a_run"), false);
  const Json& finding = json.at("findings").back();
  EXPECT_EQ(finding.at("kind"), "duplicates_with_other_labels");
  EXPECT_EQ(finding.at("examples").at(0).at("examples").at(1).at("source"), "x.csv:3");
  // What texts hold does not steer the terminal.
  EXPECT_THAT(check.to_text(5), Not(HasSubstr("\x1B")));
}

TEST(CheckPictures, FindsWhatLooksAlikeAndWhatShowsNothing) {
  ImageParts parts;
  parts.train.label_names = {"cat", "dog"};
  for (const auto& [path, label] :
       {std::pair{"a.png", 0}, {"b.png", 1}, {"c.png", 0}, {"d.png", 1}, {"e.png", 1}}) {
    parts.train.examples.push_back({.path = path, .label = label});
  }
  ImageScan scan;
  scan.sizes = {{100, 100}, {100, 100}, {8, 100}, {100, 500}, {100, 100}};
  scan.looks = {{.pixels = 1, .hash = 0xFF00},
                {.pixels = 2, .hash = 0xFF01},
                {.pixels = 3, .hash = 0xAAAA0000},
                {.pixels = 3, .hash = 0xAAAA0000},
                {.pixels = 4, .hash = 0, .is_constant = true}};
  scan.mislabelled = {2};
  const DataCheck check = check_pictures(parts, {scan}, OnBadRow::error);
  EXPECT_EQ(find(check, "near_duplicates_within_a_part")->examples.size(), 1U);
  EXPECT_EQ(find(check, "near_duplicates_with_other_labels")->examples.size(), 1U);
  EXPECT_EQ(find(check, "duplicates_within_a_part")->examples[0].examples[1].index, 3);
  EXPECT_EQ(find(check, "constant_pictures")->examples[0].examples[0].index, 4);
  EXPECT_EQ(find(check, "tiny_pictures")->examples[0].detail, "100 x 8");
  EXPECT_EQ(find(check, "long_pictures")->examples.size(), 2U);
  EXPECT_EQ(find(check, "other_format_than_named")->examples[0].examples[0].index, 2);
}

TEST(CheckPictures, ListsPicturesOfRarerModes) {
  ImageParts parts;
  parts.train.label_names = {"cat"};
  for (const char* path : {"a.jpg", "b.jpg", "c.png", "d.jpg", "e.png", "f.dcm"}) {
    parts.train.examples.push_back({.path = path, .label = 0});
  }
  const PictureMode rgb, grey{ColorModel::grey}, cmyk{ColorModel::cmyk},
      deep{ColorModel::grey, true};
  ImageScan scan;
  scan.sizes.assign(6, {100, 100});
  scan.modes = {rgb, grey, deep, cmyk, rgb, std::nullopt};
  const DataCheck check = check_pictures(parts, {scan}, OnBadRow::error);
  const Finding* found = find(check, "mixed_modes");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, Severity::note);
  EXPECT_THAT(found->lines[0], testing::StartsWith("RGB 2, "));
  ASSERT_EQ(found->examples.size(), 3U);
  EXPECT_EQ(found->examples[0].detail, "grey");
  EXPECT_EQ(found->examples[1].detail, "grey of 16 bits");
  EXPECT_EQ(found->examples[2].examples[0].index, 3);
  EXPECT_FALSE(check.stops_a_run());
  scan.modes.assign(6, grey);
  EXPECT_EQ(find(check_pictures(parts, {scan}, OnBadRow::error), "mixed_modes"), nullptr);
}

TEST(CheckPictures, WhatWasNotLookedAtIsNotJudged) {
  ImageParts parts;
  parts.train.label_names = {"cat", "dog"};
  for (const int label : {0, 1}) {
    parts.train.examples.push_back({.path = "a.png", .label = label});
  }
  EXPECT_EQ(find(check_pictures(parts, {}, {}), "tiny_pictures"), nullptr);
  ImageScan scan;
  scan.sizes = {{8, 8}, {100, 100}};
  scan.hashes = {"1", "1"};
  const DataCheck check = check_pictures(parts, {scan}, {});
  EXPECT_NE(find(check, "tiny_pictures"), nullptr);
  EXPECT_NE(find(check, "duplicates_with_other_labels"), nullptr);
  EXPECT_EQ(find(check, "constant_pictures"), nullptr);
}

// As a run does: it refuses groups that a column names, and warns of those that files tell.
TEST(CheckPictures, GroupsInTwoPartsStopARunWhereAColumnNamesThem) {
  ImageParts parts;
  parts.train.label_names = {"cat"};
  parts.train.examples = {{.path = "a.dcm", .label = 0, .group = "P1"}};
  parts.validation = parts.train;
  ImageScan scan;
  scan.sizes = {{100, 100}};
  scan.looks = {{.pixels = 1, .hash = 0xFF00}};
  EXPECT_TRUE(check_pictures(parts, {scan, scan}, OnBadRow::error).stops_a_run());
  parts.train.group_note = "pictures are grouped by PatientID";
  const DataCheck told = check_pictures(parts, {scan, scan}, OnBadRow::error);
  EXPECT_FALSE(told.stops_a_run());
  EXPECT_NE(find(told, "groups_in_two_parts"), nullptr);
}

}  // namespace
}  // namespace attune
