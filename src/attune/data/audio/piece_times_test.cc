#include "attune/data/audio/piece_times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/data/labels/label_reader.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::string problem(const char* begin, const char* end, bool may_lack = false) {
  try {
    piece_times({"start", begin}, {"end", end}, {}, may_lack);
  } catch (const RowProblem& problem) {
    return problem.reason;
  }
  return "";
}

TEST(PieceTimes, a_piece_has_both_ends_or_is_the_whole) {
  const PieceTimes piece = piece_times({"start", " 1.5"}, {"end", "2"}, {}, false);
  EXPECT_EQ(piece.begin, 1.5);
  EXPECT_EQ(piece.end, 2);
  const PieceTimes whole = piece_times({"start", ""}, {"end", " "}, {}, false);
  EXPECT_EQ(whole.begin, 0);
  EXPECT_FALSE(whole.end);
  EXPECT_EQ(problem("1.5", ""),
            "\"end\" is empty, and \"start\" is 1.5: a piece has both, a whole recording neither");
  EXPECT_THAT(problem("0", ""), HasSubstr("\"end\" is empty"));
  EXPECT_THAT(problem("", "2"), HasSubstr("\"start\" is empty, and \"end\" is 2"));
  EXPECT_THAT(problem("2", "1"), HasSubstr("not behind its begin"));
  EXPECT_THAT(problem("-1", "1"), HasSubstr("expected seconds"));
  EXPECT_THAT(problem("0:01", "1"), HasSubstr("expected seconds"));
  EXPECT_THAT(problem("nan", "1"), HasSubstr("expected seconds"));
}

TEST(PieceTimes, tables_may_lack_a_column) {
  EXPECT_EQ(piece_times({"start", "3"}, {}, {}, false).begin, 3);  // to the recording's end
  EXPECT_EQ(piece_times({}, {}, {"duration", "3"}, false).end, 3);
  EXPECT_EQ(piece_times({"start", "1"}, {}, {"duration", "3"}, false).end, 4);
}

TEST(PieceTimes, keys_may_be_missing_as_NeMo_has_it) {
  EXPECT_EQ(problem("", "2", true), "");
  EXPECT_EQ(problem("0", "", true), "");
  EXPECT_THAT(problem("1.5", "", true), HasSubstr("\"end\" is empty"));
}

}  // namespace
}  // namespace attune
