#include "attune/data/labels/label_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/log.h"
#include "attune/base/testing/error_of.h"
#include "attune/data/labels/label_list.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/labels.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LabelKey, LeavesBlanksOfAnyKindAround) {
  for (const char* text : {"pos", " pos\t", "\xC2\xA0pos\xC2\xA0", "\xE2\x80\x8Bpos\xE2\x80\x8D",
                           "\xEF\xBB\xBFpos", "\xE3\x80\x80pos\xC2\xAD", "\x01pos\x7F"}) {
    EXPECT_EQ(label_key(text), "pos") << text;
  }
  EXPECT_EQ(label_key("\xC2\xA0\xE2\x80\x8B"), "");
  EXPECT_EQ(label_key("New\xC2\xA0York "), "New\xC2\xA0York");
}

TEST(LabelKey, IsInNormalFormC) {
  EXPECT_EQ(label_key("cafe\xCC\x81"), "caf\xC3\xA9");
  EXPECT_EQ(label_key("\xE1\x84\x80\xE1\x85\xA1"), "\xEA\xB0\x80");  // Hangul jamo
  EXPECT_EQ(LabelNames({"caf\xC3\xA9"}).find("cafe\xCC\x81 "), 0);
}

TEST(LabelKey, KnowsWhatPandasTakesForMissing) {
  for (const char* word : {"NA", "nan", "NaN", "None", "null", "NULL", "N/A", "n/a", "<NA>"}) {
    EXPECT_TRUE(means_missing(word)) << word;
  }
  for (const char* word : {"", "none", "Na", "no", "missing"}) {
    EXPECT_FALSE(means_missing(word)) << word;
  }
}

TEST(LabelKey, WarnsOfNamesThatLookAlike) {
  std::vector<std::string> warnings;
  set_log_sink([&](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  warn_of_lookalikes(
      std::vector<std::string>{"POS", "neg", "pos", "\xC3\x89t\xC3\xA9", "\xC3\xA9t\xC3\xA9"},
      "x.csv", "labels");
  warn_of_lookalikes(std::vector<std::string>{"a", "b"}, "x.csv", "labels");
  set_log_sink({});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], AllOf(HasSubstr("x.csv: labels that differ only in case"),
                                 HasSubstr("\"POS\" and \"pos\""), HasSubstr("\xC3\xA9t\xC3\xA9")));
}

std::vector<std::string> items(std::string_view cell) {
  std::vector<std::string> texts;
  for (const LabelItem& item : parse_label_list(cell)) texts.push_back(item.text);
  return texts;
}

// What Python 3.11, numpy 2.4 and torch print.
TEST(LabelList, ReadsWhatPythonAndNumpyPrint) {
  for (const char* cell :
       {"[\"joy\", \"it's\"]", "['joy', \"it's\"]", "['joy' \"it's\"]", "('joy', \"it's\")",
        "{'joy', \"it's\"}", "array(['joy', \"it's\"], dtype='<U4')", "['joy', 'it\\'s']",
        "[np.str_('joy'), np.str_(\"it's\")]", "frozenset({'joy', \"it's\"})", "[joy, it's]"}) {
    EXPECT_TRUE(looks_like_list(cell)) << cell;
    if (std::string_view(cell) == "[joy, it's]") continue;
    EXPECT_THAT(items(cell), ElementsAre("joy", "it's")) << cell;
  }
  EXPECT_THAT(items("[joy, new york]"), ElementsAre("joy", "new york"));
  EXPECT_THAT(items("[0. 1.\n 0.]"), ElementsAre("0.", "1.", "0."));
  EXPECT_THAT(items("[ True False]"), ElementsAre("True", "False"));
  EXPECT_THAT(items("[np.int64(0), np.int64(1)]"), ElementsAre("0", "1"));
  EXPECT_THAT(items("tensor([0, 1])"), ElementsAre("0", "1"));
  EXPECT_THAT(items("['caf\\xe9', 'a\\nb']"), ElementsAre("caf\xC3\xA9", "a\nb"));
  for (const char* cell : {"[]", "set()", "()", "['a',]"}) {
    EXPECT_LE(items(cell).size(), 1u) << cell;
  }
  for (const char* cell : {"(none)", "joy", "joy (a lot)", "{x}", ""}) {
    EXPECT_FALSE(looks_like_list(cell)) << cell;
  }
}

TEST(LabelList, SaysWhatIsWrong) {
  const auto problem = [](const char* cell) -> std::string {
    try {
      parse_label_list(cell);
    } catch (const RowProblem& found) {
      return found.reason;
    }
    return "";
  };
  for (const char* cell : {"['joy'", "['joy", "[", "array([0, 1", "('a'", "[np.str_('a'"}) {
    EXPECT_THAT(problem(cell), HasSubstr("does not end")) << cell;
  }
  EXPECT_THAT(problem("[0 1 0 ... 0 1]"), HasSubstr("left out values"));
  EXPECT_THAT(problem("[['a']]"), HasSubstr("expected names"));
  EXPECT_THAT(problem("[('a', 1)]"), HasSubstr("holds lists"));
}

}  // namespace
}  // namespace attune
