#include "attune/tasks/classification/model_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/testing/error_of.h"
#include "attune/base/testing/temporary_folder.h"

namespace attune {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kSingle = ProblemType::single_label_classification;

TEST(SavedLabels, NamesOfTheUserGoToOutputsWithoutAny) {
  const std::vector<std::string> given = {"neg", "pos"};
  for (const std::vector<std::string>& own :
       {std::vector<std::string>{"LABEL_0", "LABEL_1"}, std::vector<std::string>{"0", "1"}}) {
    const SavedLabels labels = saved_labels(own, given, kSingle, "m");
    EXPECT_EQ(labels.names, given);
    EXPECT_EQ(labels.data_names, given);
    EXPECT_TRUE(labels.data_numbers);
  }
  EXPECT_TRUE(saved_labels({"LABEL_0", "LABEL_1"}, {}, kSingle, "m").data_numbers);
  EXPECT_FALSE(saved_labels({"neg", "pos"}, {}, kSingle, "m").data_numbers);
}

TEST(SavedLabels, OutputsKeepTheirOwnNames) {
  const SavedLabels labels = saved_labels({"neg", "pos"}, {"pos", "neg"}, kSingle, "m");
  EXPECT_THAT(labels.names, ElementsAre("neg", "pos"));
  EXPECT_THAT(labels.data_names, ElementsAre("pos", "neg"));
  EXPECT_TRUE(labels.data_numbers);
  const auto refused = [](const std::vector<std::string>& own,
                          const std::vector<std::string>& given, ProblemType problem) {
    return error_of(ErrorKind::user, [&] { saved_labels(own, given, problem, "m"); });
  };
  EXPECT_THAT(refused({"neg", "pos"}, {"ham", "spam"}, kSingle),
              HasSubstr("m names its outputs neg, pos, got ham, spam"));
  EXPECT_THAT(refused({"LABEL_0", "LABEL_1"}, {"a", "b", "c"}, kSingle),
              HasSubstr("3 names are given, but m has 2 outputs"));
  EXPECT_THAT(refused({"LABEL_0", "LABEL_1"}, {"a", "a"}, kSingle),
              HasSubstr("\"a\" is given twice"));
  EXPECT_THAT(refused({"score"}, {"a"}, ProblemType::regression), HasSubstr("gives a number"));
}

TEST(SavedLabels, TwoOutputsOfOneNameAreRefused) {
  EXPECT_THAT(error_of(ErrorKind::data,
                       [] {
                         saved_labels({"a", "b", "a"}, {}, kSingle, "m");
                       }),
              HasSubstr("m: id2label in its config.json names two outputs \"a\""));
}

TEST(SettledProblemType, IsTheModelsWhereTheUserDoesNotSay) {
  const TemporaryFolder folder;
  std::optional<ProblemType> wanted;
  settle_problem_type(wanted, folder.path());
  EXPECT_EQ(wanted, std::nullopt);
  write_file_atomically(folder.path() / "config.json",
                        R"({"problem_type": "multi_label_classification"})");
  settle_problem_type(wanted, folder.path());
  EXPECT_EQ(wanted, ProblemType::multi_label_classification);
  wanted = kSingle;
  settle_problem_type(wanted, folder.path());
  EXPECT_EQ(wanted, kSingle);
  // As cross-encoders are published.
  write_file_atomically(folder.path() / "config.json", R"({"id2label": {"0": "LABEL_0"}})");
  wanted.reset();
  settle_problem_type(wanted, folder.path());
  EXPECT_EQ(wanted, ProblemType::regression);
}

}  // namespace
}  // namespace attune
