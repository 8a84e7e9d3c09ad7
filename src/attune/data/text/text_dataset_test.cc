#include "attune/data/text/text_dataset.h"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/base/text/strings.h"
#include "attune/data/labels/order_classes.h"
#include "attune/data/readers/csv.h"
#include "attune/data/readers/jsonl.h"
#include "attune/data/split/split.h"
#include "attune/data/text/text_statistics.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TextDataset from_csv(std::string_view text, const TextDatasetOptions& options = {}) {
  const auto rows = open_csv(open_memory(text, "x.csv"), {});
  return read_text_dataset(*rows, "x.csv", options);
}

TextDataset from_jsonl(std::string_view text, const TextDatasetOptions& options = {}) {
  const auto rows = open_jsonl(open_memory(text, "x.jsonl"));
  return read_text_dataset(*rows, "x.jsonl", options);
}

std::string csv_error(std::string_view text, const TextDatasetOptions& options = {},
                      ErrorKind kind = ErrorKind::data) {
  return error_of(kind, [&] { from_csv(text, options); });
}

std::vector<std::vector<std::int64_t>> label_sets(const TextDataset& dataset) {
  std::vector<std::vector<std::int64_t>> sets;
  for (const TextExample& example : dataset.examples) sets.push_back(example.label_set);
  return sets;
}

const TextDatasetOptions kMulti{.label_kind = LabelKind::multi_label};
const TextDatasetOptions kRegression{.label_kind = LabelKind::regression};

TEST(TextDataset, TakesSortedClassNamesFromTheData) {
  const TextDataset data = from_csv("text,label\nx,pos\ny, neg \nz,pos\n");
  EXPECT_THAT(data.label_names, ElementsAre("neg", "pos"));
  EXPECT_THAT(data.class_ids(), ElementsAre(1, 0, 1));
  EXPECT_THAT(data.class_counts(), ElementsAre(1, 2));
  EXPECT_EQ(data.examples[2].text, "z");
  EXPECT_EQ(data.source_name(2), "x.csv:4");
}

TEST(TextDataset, SortsWholeNumbersByValue) {
  EXPECT_THAT(from_csv("text,label\nx,10\ny,9\nz,-1\n").label_names, ElementsAre("-1", "9", "10"));
  EXPECT_THAT(from_csv("text,label\nx,10\ny,9\nz,a\n").label_names, ElementsAre("10", "9", "a"));
  EXPECT_THAT(from_jsonl("{\"text\":\"x\",\"label\":1}\n{\"text\":\"y\",\"label\":0}").class_ids(),
              ElementsAre(1, 0));
}

TEST(TextDataset, ReadsPairs) {
  TextDatasetOptions options;
  options.columns = {"premise", "hypothesis", {"gold"}};
  const TextDataset data = from_csv("gold,premise,hypothesis\n1,a,b\n0,c,d\n", options);
  EXPECT_EQ(data.examples[1].text, "c");
  EXPECT_EQ(data.examples[1].text_pair, "d");
  EXPECT_THAT(csv_error("gold,premise,hypothesis\n1,a,\n0,c,d\n", options),
              HasSubstr("x.csv:2: the second text is empty"));
}

TEST(TextDataset, GivenNamesFixTheIdsAndUnknownLabelsAreNamed) {
  const TextDatasetOptions options{.label_names = {"pos", "neg"}};
  EXPECT_THAT(from_csv("text,label\nx,neg\n", options).class_ids(), ElementsAre(1));
  const std::string error = csv_error("text,label\nx,neg\ny,pso\n", options);
  EXPECT_THAT(error, HasSubstr("x.csv:3: unknown label \"pso\" (did you mean \"pos\"?)"));
  EXPECT_THAT(error, HasSubstr("known labels: pos, neg"));
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         LabelNames({"a", "b", "a"});
                       }),
              HasSubstr("\"a\" is given twice"));
}

TEST(TextDataset, NumbersMeanTheGivenNamesWhereTheyMay) {
  TextDatasetOptions options{.label_names = {"negative", "positive"}};
  EXPECT_THAT(csv_error("text,label\nx,0\ny,1\n", options),
              HasSubstr("unknown label \"0\" (--labels names the labels in the order of their"));
  options.label_numbers = true;
  EXPECT_THAT(from_csv("text,label\nx,1\ny,0\nz,LABEL_1\nw,negative\n", options).class_ids(),
              ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(csv_error("text,label\nx,1\ny,2\n", options), HasSubstr("unknown label \"2\""));
  EXPECT_THAT(csv_error("text,label\nx,1\ny,01\n", options), HasSubstr("unknown label \"01\""));
  // A name that is a number itself is that class and no other.
  options.label_names = {"2", "1"};
  EXPECT_THAT(csv_error("text,label\nx,1\ny,0\n", options), HasSubstr("unknown label \"0\""));
}

TEST(TextDataset, ClassesAreBroughtIntoAnOrder) {
  TextDatasetOptions options;
  options.label_kind = LabelKind::multi_label;
  options.label_names = {"c", "a", "b"};
  TextDataset data = from_csv("text,label\nx,\"a,c\"\ny,b\n", options);
  order_classes(data, {"a", "b", "c"});
  EXPECT_THAT(data.label_names, ElementsAre("a", "b", "c"));
  EXPECT_THAT(data.examples[0].label_set, ElementsAre(0, 2));
  EXPECT_THAT(data.examples[1].label_set, ElementsAre(1));
}

TEST(TextDataset, RefusesOneClassOnly) {
  EXPECT_THAT(csv_error("text,label\nx,pos\ny,pos\n"),
              HasSubstr("x.csv: all 2 rows have the label \"pos\", expected at least two classes"));
  const TextDataset given = from_csv("text,label\nx,a\n", {.label_names = {"a", "b"}});
  EXPECT_THAT(error_of(ErrorKind::data, [&] { check_trainable(given, "x.csv"); }),
              HasSubstr("label \"a\""));
}

TEST(TextDataset, RefusesDecimalsAsClasses) {
  const std::string error = csv_error("text,label\nx,1\ny,0.5\n");
  EXPECT_THAT(error, HasSubstr("x.csv:3: the label \"0.5\" is a decimal number"));
  EXPECT_THAT(error, HasSubstr("--problem-type regression"));
  EXPECT_THAT(
      error_of(
          ErrorKind::data,
          [] { from_jsonl("{\"text\":\"x\",\"label\":1.0}\n{\"text\":\"y\",\"label\":0.0}"); }),
      HasSubstr("x.jsonl:1: the label \"1.0\""));
  EXPECT_THAT(from_csv("text,label\nx,v1.0\ny,0.5\n").label_names, ElementsAre("0.5", "v1.0"));
}

TEST(TextDataset, ReadsNumbersForRegression) {
  const TextDataset data = from_csv("text,label\nx,1.5\ny,-2e1\nz, +3 \n", kRegression);
  EXPECT_EQ(data.examples[0].target, 1.5);
  EXPECT_EQ(data.examples[1].target, -20);
  EXPECT_EQ(data.examples[2].target, 3);
  for (const std::string bad : {"abc", "nan", "inf", "1e999", "1,5", "0x1", "+-1", ""}) {
    EXPECT_THAT(csv_error("text,label\nx,\"" + bad + "\"\n", kRegression), HasSubstr("x.csv:2: "))
        << bad;
  }
}

TEST(TextDataset, ReadsSeveralLabelsFromOneColumn) {
  const TextDataset data =
      from_csv("text,label\nx,\"b, a\"\ny,\nz,\"[\"\"c\"\", \"\"c\"\"]\"\n", kMulti);
  EXPECT_THAT(data.label_names, ElementsAre("a", "b", "c"));
  EXPECT_THAT(label_sets(data), ElementsAre(ElementsAre(0, 1), ElementsAre(), ElementsAre(2)));
  EXPECT_THAT(data.class_counts(), ElementsAre(1, 1, 1));
  const TextDataset json = from_jsonl("{\"text\":\"x\",\"label\":[\"b\",\"a\"]}", kMulti);
  EXPECT_THAT(label_sets(json), ElementsAre(ElementsAre(0, 1)));
  EXPECT_THAT(csv_error("text,label\nx,\"a,,b\"\n", kMulti), HasSubstr("x.csv:2: the label list"));
  EXPECT_THAT(csv_error("text,label\nx,[1.5]\n", kMulti), HasSubstr("x.csv:2: the label list"));
  EXPECT_THAT(csv_error("text,label\nx,[1\n", kMulti),
              HasSubstr("x.csv:2: the label list does not end"));
}

TEST(TextDataset, VectorsOfZeroAndOneAreLabelsByPlace) {
  for (const char* rows :
       {"x,\"[0, 0, 1]\"\ny,\"[1, 0, 1]\"\nz,\"[0, 0, 0]\"\n", "x,[0 0 1]\ny,[1 0 1]\nz,[0 0 0]\n",
        "x,[0. 0. 1.]\ny,[1. 0. 1.]\nz,[0. 0. 0.]\n", "x,0 0 1\ny,1 0 1\nz,0 0 0\n",
        "x,\"[False, False, True]\"\ny,[ True False True]\nz,[False False False]\n",
        "x,\"0,0,1\"\ny,\"1,0,1\"\nz,\"0,0,0\"\n",
        "x,\"(0, 0, 1)\"\ny,array([1 0 1])\nz,[0 0 0]\n"}) {
    const TextDataset data = from_csv(std::string("text,label\n") + rows, kMulti);
    EXPECT_THAT(data.label_names, ElementsAre("0", "1", "2")) << rows;
    EXPECT_THAT(label_sets(data), ElementsAre(ElementsAre(2), ElementsAre(0, 2), ElementsAre()))
        << rows;
  }
  const std::string table = "text,label\nx,\"[0, 1]\"\ny,\"[1, 1]\"\n";
  TextDatasetOptions named = kMulti;
  named.label_names = {"joy", "anger"};
  EXPECT_THAT(label_sets(from_csv(table, named)), ElementsAre(ElementsAre(1), ElementsAre(0, 1)));
  // The names of a model that was trained on vectors without names.
  named.label_names = {"0", "1"};
  EXPECT_THAT(label_sets(from_csv(table, named)), ElementsAre(ElementsAre(1), ElementsAre(0, 1)));
  named.label_names = {"joy", "anger", "fear"};
  EXPECT_THAT(csv_error(table, named),
              HasSubstr("x.csv:2: the label list has 2 values of 0 and 1, but there are 3 labels"));
  named.label_names = {"0", "1", "2"};
  EXPECT_THAT(csv_error(table, named), HasSubstr("2 values of 0 and 1, but there are 3 labels"));
  EXPECT_THAT(
      from_jsonl("{\"text\":\"x\",\"label\":[0,1,1]}\n{\"text\":\"y\",\"label\":[true,false,true]}",
                 kMulti)
          .label_names,
      ElementsAre("0", "1", "2"));
  EXPECT_THAT(csv_error("text,label\nx,\"[0, 0, 1]\"\ny,\"[0, 1]\"\n", kMulti),
              HasSubstr("one has 3 values and another 2"));
}

TEST(TextDataset, ListsOfNumbersOfOtherLengthsAreClasses) {
  const TextDataset data = from_csv("text,label\nx,\"[0, 1]\"\ny,[1]\nz,[]\n", kMulti);
  EXPECT_THAT(data.label_names, ElementsAre("0", "1"));
  EXPECT_THAT(label_sets(data), ElementsAre(ElementsAre(0, 1), ElementsAre(1), ElementsAre()));
  EXPECT_THAT(from_csv("text,label\nx,\"[0, 1]\"\ny,\"[1, 2]\"\n", kMulti).label_names,
              ElementsAre("0", "1", "2"));
  EXPECT_THAT(label_sets(from_jsonl("{\"text\":\"x\",\"label\":[\"0\",\"1\"]}", kMulti)),
              ElementsAre(ElementsAre(0, 1)));
}

TEST(TextDataset, AsksForListsAndSeparatorsThatItSees) {
  EXPECT_THAT(csv_error("text,label\nx,\"[0, 1]\"\ny,\"[1, 1]\"\n"),
              HasSubstr("set --problem-type multi_label_classification"));
  const std::string semicolons = "text,label\nx,joy\ny,joy;love\nz,anger;fear\nw,\n";
  EXPECT_THAT(csv_error(semicolons, kMulti),
              AllOf(HasSubstr("x.csv: 2 rows have labels such as \"joy;love\""),
                    HasSubstr("set --label-separator ';'")));
  TextDatasetOptions options = kMulti;
  options.label_separator = ';';
  EXPECT_THAT(from_csv(semicolons, options).label_names,
              ElementsAre("anger", "fear", "joy", "love"));
  options.label_separator = ',';
  options.label_names = {"joy", "love", "anger", "fear"};
  EXPECT_THAT(csv_error(semicolons, options), HasSubstr("unknown label \"joy;love\"; set "
                                                        "--label-separator ';'"));
  EXPECT_THAT(csv_error("text,label\nx,a b\ny,a\nz,b\nw,b a\n", kMulti),
              HasSubstr("--label-separator ' '"));
  EXPECT_THAT(
      csv_error("text,label\nx,cat\ny,cat odd\nz,dog\nw,dog odd\n", kMulti),
      HasSubstr("such as \"cat odd\", which looks like several; set --label-separator ' '"));
  EXPECT_THAT(csv_error("text,label\nx,0 3\ny,1 4\nz,2 5\n", kMulti),
              HasSubstr("--label-separator ' '"));
  std::vector<std::string> warnings;
  set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  EXPECT_EQ(from_csv("text,label\nx,a\ny,b\nz,a|b\n").label_names.size(), 3u);
  from_csv("text,label\nx,New York\ny,New Jersey\nz,York\n");
  set_log_sink({});
  EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("1 rows have labels such as \"a|b\""),
                                          HasSubstr("--problem-type multi_label_classification "
                                                    "--label-separator '|'"))));
  // Names that are no lists.
  EXPECT_THAT(from_csv("text,label\nx,sci-fi/horror\ny,and/or\nz,New York\nw,New Jersey\n", kMulti)
                  .label_names.size(),
              4u);
}

TEST(TextDataset, AColumnOfZeroAndOneIsOneOfSeveralLabels) {
  const TextDataset data = from_csv("text,label\nx,1\ny,0\nz,1\n", kMulti);
  EXPECT_THAT(data.label_names, ElementsAre("label"));
  EXPECT_THAT(label_sets(data), ElementsAre(ElementsAre(0), ElementsAre(), ElementsAre(0)));
  EXPECT_THAT(csv_error("text,label\nx,1\ny,\n", kMulti),
              HasSubstr("x.csv:3: label column \"label\" holds \"\", expected 0 or 1"));
  EXPECT_THAT(csv_error("text,label\nx,\"[1, 0]\"\ny,\"[-1, 1]\"\n", kMulti),
              HasSubstr("x.csv:3: the label list holds -1, expected 0 or 1"));
}

TEST(TextDataset, LabelsThatMeanMissingAreMissing) {
  for (const char* word : {"nan", "NaN", "None", "N/A", "null"}) {
    const std::string table = std::string("text,label\nx,a\ny,b\nz,") + word + "\n";
    EXPECT_THAT(csv_error(table), AllOf(HasSubstr("x.csv:4: the label \"" + std::string(word)),
                                        HasSubstr("--no-keep-default-na")));
    EXPECT_EQ(from_csv(table, {.keep_default_na = false}).label_names.size(), 3u);
    EXPECT_EQ(from_csv(table, {.label_names = {"a", "b", word}}).examples[2].label, 2);
    EXPECT_EQ(from_csv(table, {.on_bad_row = OnBadRow::skip}).size(), 2);
  }
  TextDatasetOptions options;
  options.columns.group_column = "who";
  const std::string table =
      "text,label,who\nx,a,\xC2\xA0"
      "ann\ny,b,ann \nz,b,nan\n";
  EXPECT_THAT(csv_error(table, options), HasSubstr("x.csv:4: the group \"nan\" reads as missing"));
  options.keep_default_na = false;
  EXPECT_EQ(from_csv(table, options).examples[0].group, "ann");
  EXPECT_EQ(from_csv(table, options).examples[1].group, "ann");
}

TEST(TextDataset, ComparesLabelsWithoutWhatNobodySees) {
  const TextDataset data =
      from_csv("text,label\nx,pos\ny,\xC2\xA0pos\nz,caf\xC3\xA9\nw,cafe\xCC\x81\xE2\x80\x8B\n");
  EXPECT_THAT(data.label_names, ElementsAre("caf\xC3\xA9", "pos"));
  EXPECT_THAT(data.class_counts(), ElementsAre(2, 2));
}

TEST(TextDataset, ReadsSeveralLabelsFromSeveralColumns) {
  TextDatasetOptions options = kMulti;
  options.columns.label_columns = {"toxic", "insult"};
  const TextDataset data = from_csv("insult,toxic,text\n1,0,x\nTrue,1.0,y\n0,false,z\n", options);
  EXPECT_THAT(data.label_names, ElementsAre("toxic", "insult"));
  EXPECT_THAT(label_sets(data), ElementsAre(ElementsAre(1), ElementsAre(0, 1), ElementsAre()));
  EXPECT_THAT(csv_error("insult,toxic,text\n1,2,x\n", options),
              HasSubstr("x.csv:2: label column \"toxic\" holds \"2\", expected 0 or 1"));
  options.label_names = {"insult", "toxic"};
  EXPECT_THAT(label_sets(from_csv("insult,toxic,text\n1,0,x\n", options)),
              ElementsAre(ElementsAre(0)));
  options.label_kind = LabelKind::single_label;
  EXPECT_EQ(from_csv("insult,toxic,text\n1,0,x\n0,1,y\n", options).examples[1].label, 1);
  EXPECT_THAT(csv_error("insult,toxic,text\n1,1,x\n", options),
              HasSubstr("x.csv:2: 2 of its 2 label columns are 1, expected one"));
}

TEST(TextDataset, ReadsUnlabelledTexts) {
  const TextDataset data = from_csv("text\nx\n", {.label_kind = LabelKind::none});
  EXPECT_EQ(data.size(), 1);
  EXPECT_TRUE(data.label_names.empty());
}

TEST(TextDataset, ReportsAllBadRowsInOneError) {
  std::string text = "text,label\n ,a\nx,\nok,a\nthree,fields,here\ncaf\xE9,b\n";
  const std::string error = csv_error(text);
  EXPECT_THAT(error, HasSubstr("x.csv: 4 of 5 rows cannot be used"));
  EXPECT_THAT(error, HasSubstr("x.csv:2: the text is empty"));
  EXPECT_THAT(error, HasSubstr("x.csv:3: the label is empty"));
  EXPECT_THAT(error, HasSubstr("x.csv:5: 3 fields, expected 2"));
  EXPECT_THAT(error, HasSubstr("x.csv:6: invalid UTF-8"));
  for (int i = 0; i < 30; ++i) text += ",a\n";
  const std::string many = csv_error(text);
  EXPECT_THAT(many, HasSubstr("x.csv:22: the text is empty"));
  EXPECT_THAT(many, Not(HasSubstr("x.csv:23:")));
  EXPECT_THAT(many, HasSubstr("and 14 more"));
}

TEST(TextDataset, TextsThatNobodySeesAreEmpty) {
  const TextDatasetOptions skip{.on_bad_row = OnBadRow::skip};
  const TextDataset data = from_csv(
      "text,label\nx,a\ny,b\n\u00a0,a\n\u3000\u200b,a\n\uFEFF,a\n\u2060 \u00ad,a\n\x01,a\n"
      "\u200bz,a\n",
      skip);
  EXPECT_EQ(data.size(), 3);
  ASSERT_EQ(data.bad_rows.size(), 5U);
  for (const BadRow& row : data.bad_rows) EXPECT_EQ(row.reason, "the text is empty") << row.line;
  TextDatasetOptions pairs = skip;
  pairs.columns.text_pair_column = "second";
  EXPECT_EQ(from_csv("text,second,label\nx,y,a\nx,z,b\nx,\u200b,b\n", pairs).bad_rows[0].reason,
            "the second text is empty");
}

TEST(TextDataset, ArraysForOneLabelNameTheOption) {
  EXPECT_THAT(
      error_of(ErrorKind::data, [] { from_jsonl("{\"text\": \"x\", \"label\": [\"a\"]}\n"); }),
      HasSubstr("set --problem-type multi_label_classification"));
}

TEST(TextDataset, DecimalsBesideGivenNumbersAreExplained) {
  TextDatasetOptions options;
  for (int i = 0; i < 12; ++i) options.label_names.push_back(std::to_string(i));
  EXPECT_THAT(csv_error("text,label\nx,1.0\ny,2\n", options),
              HasSubstr("the label \"1.0\" is a decimal number, expected a class; write 1 for it"));
  EXPECT_THAT(csv_error("text,label\nx,1.5\ny,2\n", options), HasSubstr("unknown label \"1.5\""));
}

TEST(TextDataset, AColumnHasOneMeaning) {
  const auto error = [](ColumnMapping columns) {
    return csv_error("text,second,label\nx,y,a\nz,w,b\n", {.columns = std::move(columns)},
                     ErrorKind::user);
  };
  EXPECT_THAT(error({.text_column = "label"}),
              HasSubstr("--text-column and --label-column: both are \"label\""));
  EXPECT_THAT(error({.text_pair_column = "label"}),
              HasSubstr("--text-pair-column and --label-column: both are \"label\""));
  EXPECT_THAT(error({.text_pair_column = "text"}),
              HasSubstr("--text-column and --text-pair-column: both are \"text\""));
}

double processor_seconds(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

TEST(TextDataset, ListsOfManyLabelsTakeLinearTime) {
  constexpr int kLabels = 200'000;
  std::string list = "[1, ";
  for (int i = 2; i < kLabels; ++i) list += "0, ";
  const std::string first = list + "0]", second = list + "1]";
  // Going through a list once for each of its values took minutes.
  EXPECT_LT(processor_seconds([&] {
              const TextDataset data =
                  from_jsonl("{\"text\": \"x\", \"label\": " + first +
                                 "}\n{\"text\": \"y\", \"label\": " + second + "}\n",
                             kMulti);
              EXPECT_EQ(label_sets(data)[1], (std::vector<std::int64_t>{0, kLabels - 1}));
            }),
            10);
  EXPECT_LT(processor_seconds([&] {
              from_csv("text,label\nx,\"" + first + "\"\ny,\"" + second + "\"\n", kMulti);
            }),
            10);
}

TEST(TextDataset, ManyUnknownLabelsTakeLinearTime) {
  TextDatasetOptions options{.on_bad_row = OnBadRow::skip};
  std::string text = "text,label\n";
  for (int i = 0; i < 200'000; ++i) {
    options.label_names.push_back(fmt::format("class-{}", i));
    text += fmt::format("x,klass-{}\n", i);
  }
  text += "x,class-0\ny,class-1\n";
  // The nearest of all names for each of them would take hours.
  EXPECT_LT(processor_seconds([&] {
              const TextDataset data = from_csv(text, options);
              EXPECT_EQ(data.bad_rows.size(), 200'000U);
              EXPECT_EQ(data.bad_rows[7].reason,
                        "unknown label \"klass-7\" (did you mean \"class-7\"?)");
            }),
            20);
}

TEST(TextDataset, SkipsAndRecordsBadRows) {
  const TextDataset data =
      from_csv("text,label\n,a\nx,a\ny,b\nz\n", {.on_bad_row = OnBadRow::skip});
  EXPECT_EQ(data.size(), 2);
  ASSERT_EQ(data.bad_rows.size(), 2U);
  EXPECT_EQ(data.bad_rows[1].text(), "x.csv:5: 1 field, expected 2");
  const fs::path path = fs::path(::testing::TempDir()) / "bad_rows.jsonl";
  write_bad_rows(path, data.bad_rows);
  const auto lines = split(read_file(path, 4096), '\n');
  ASSERT_EQ(lines.size(), 3U);
  const Json record = parse_json(lines[0], "line");
  EXPECT_EQ(record, Json({{"file", "x.csv"}, {"line", 2}, {"reason", "the text is empty"}}));
}

TEST(TextDataset, RefusesFilesWithoutUsableRows) {
  EXPECT_THAT(csv_error("text,label\n"), HasSubstr("x.csv: the file has a header but no rows"));
  EXPECT_THAT(csv_error("text,label\n,a\n", {.on_bad_row = OnBadRow::skip}),
              AllOf(HasSubstr("x.csv: none of the 1 rows can be used"),
                    HasSubstr("x.csv:2: the text is empty")));
  EXPECT_THAT(csv_error("txt,label\nx,a\n"), HasSubstr("did you mean \"txt\"?"));
}

TEST(TextDataset, SubsetKeepsLabelsAndSources) {
  const TextDataset data = from_csv("text,label\nx,b\ny,a\nz,b\n");
  const std::vector<std::int64_t> chosen = {2, 1};
  const TextDataset part = data.subset(chosen);
  EXPECT_THAT(part.class_ids(), ElementsAre(1, 0));
  EXPECT_EQ(part.source_name(0), "x.csv:4");
}

TEST(Statistics, FindsBalanceLengthsAndDuplicates) {
  const TextDataset train =
      from_csv("text,label\nGood  film,1\nbad,0\ngood film ,1\ngood FILM,0\n");
  const TextDataset test = from_csv("text,label\nBAD,0\nother,1\n");
  const std::vector<std::int64_t> lengths = {2, 5, 30, 3};
  const std::vector<SplitView> views = {{"train", &train, lengths}, {"test", &test, {}}};
  const DatasetStatistics found = compute_statistics(views, 4);
  EXPECT_THAT(found.splits[0].class_counts, ElementsAre(2, 2));
  const LengthStatistics& l = found.splits[0].lengths;
  EXPECT_EQ(l.median, 3);
  EXPECT_EQ(l.p95, 30);
  EXPECT_EQ(l.bin_width, 4);
  EXPECT_THAT(l.histogram, ElementsAre(2, 1, 0, 0, 0, 0, 0, 1));
  EXPECT_EQ(l.truncated_examples, 2);
  EXPECT_EQ(l.truncated_tokens, 27);
  ASSERT_EQ(found.duplicates.size(), 2U);
  EXPECT_EQ(found.duplicates[0].first, "train");
  EXPECT_EQ(found.duplicates[0].count, 2);
  EXPECT_EQ(found.duplicates[0].conflicting, 1);
  EXPECT_EQ(found.duplicates[1].second, "test");
  EXPECT_EQ(found.duplicates[1].conflicting, 0);
  ASSERT_EQ(found.equal.size(), 3U);
  EXPECT_EQ(found.equal[2], ExamplePair({0, 1}, {1, 0}));
  const Json json = found.to_json();
  EXPECT_EQ(json["splits"][0]["class_counts"], Json({2, 2}));
  EXPECT_FALSE(json["splits"][1].contains("lengths"));
  const std::string text = found.to_text();
  EXPECT_THAT(text, HasSubstr("2 / 3 / 30 / 30                     -"));
  EXPECT_THAT(text, HasSubstr("2 (50.0 %)"));
  EXPECT_THAT(text, HasSubstr("67.5 %"));
}

TEST(Statistics, TextsAreEqualButForWhatNobodySees) {
  EXPECT_EQ(normalise_for_comparison("\uFEFFA\u200b b\u00a0 \u00adc\u2060"), "a b c");
}

TEST(Statistics, DescribesTargets) {
  const TextDataset data = from_csv("text,label\nx,1\ny,4\n", kRegression);
  const std::vector<SplitView> views = {{"train", &data, {}}};
  const DatasetStatistics found = compute_statistics(views, 0);
  EXPECT_EQ(found.splits[0].target_mean, 2.5);
  EXPECT_THAT(found.to_text(), HasSubstr("1 / 2.5 / 4"));
}

/// LABEL SENTENCE lines of a real data set as TSV, with quotes as text.
TextDataset load_real(const fs::path& source, char separator, OnBadRow on_bad_row) {
  const fs::path path = fs::path(::testing::TempDir()) / (source.filename().string() + ".tsv");
  std::ifstream in(source, std::ios::binary);
  std::ofstream out(path, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const auto at = line.find(separator);
    out << line.substr(0, at) << '\t' << line.substr(at + 1) << '\n';
  }
  out.close();
  TextDatasetOptions options{.on_bad_row = on_bad_row};
  options.reader = {.quote = QuoteStyle::none, .column_names = {"label", "text"}};
  return load_text_dataset(path, options);
}

fs::path shared_data() {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR) / ".." / "shared";
  return root / "data";
}

TEST(TextDataset, ReadsRealTrec) {
  const fs::path folder = shared_data() / "text-trec6";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent";
  const TextDataset train = load_real(folder / "TREC.train.all", ' ', OnBadRow::skip);
  EXPECT_THAT(train.label_names, ElementsAre("0", "1", "2", "3", "4", "5"));
  EXPECT_EQ(train.size() + static_cast<std::int64_t>(train.bad_rows.size()), 5452);
  for (const BadRow& row : train.bad_rows) EXPECT_THAT(row.reason, HasSubstr("invalid UTF-8"));
  EXPECT_LE(train.bad_rows.size(), 5U);
  const Split split = stratified_split(train.class_ids(), 0.1, 42);
  EXPECT_EQ(split.validation.size(), (train.examples.size() + 5) / 10);
  EXPECT_EQ(train.subset(split.validation).class_counts()[2], 9);  // 86 / 10
}

TEST(TextDataset, ReadsRealSst) {
  const fs::path folder = shared_data() / "text-sst";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent";
  const TextDataset train = load_real(folder / "stsa.binary.train", ' ', OnBadRow::skip);
  const TextDataset dev = load_real(folder / "stsa.binary.dev", ' ', OnBadRow::skip);
  EXPECT_EQ(train.size() + static_cast<std::int64_t>(train.bad_rows.size()), 6920);
  EXPECT_EQ(dev.size() + static_cast<std::int64_t>(dev.bad_rows.size()), 872);
  const std::vector<SplitView> views = {{"train", &train, {}}, {"dev", &dev, {}}};
  const DatasetStatistics found = compute_statistics(views, 0);
  for (const DuplicateStatistics& d : found.duplicates) EXPECT_LT(d.count, 30);
}

TEST(TextDataset, ReadsRealMovieReviewsAsAFolder) {
  const fs::path folder = shared_data() / "text-mr";
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is absent";
  const fs::path root = fs::path(::testing::TempDir()) / "mr";
  fs::remove_all(root);
  for (const std::string label : {"neg", "pos"}) {
    fs::create_directories(root / label);
    std::ifstream in(folder / ("rt-polarity." + label), std::ios::binary);
    std::string line;
    for (int i = 0; i < 100 && std::getline(in, line); ++i) {
      std::ofstream(root / label / fmt::format("{:03}.txt", i), std::ios::binary) << line;
    }
  }
  const TextDataset data = load_text_dataset(root, {.on_bad_row = OnBadRow::skip});
  EXPECT_THAT(data.label_names, ElementsAre("neg", "pos"));
  EXPECT_EQ(data.size() + static_cast<std::int64_t>(data.bad_rows.size()), 200);
  EXPECT_THAT(data.source_name(0), HasSubstr("neg/0"));
}

}  // namespace
}  // namespace attune
