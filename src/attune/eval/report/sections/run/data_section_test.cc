#include "attune/eval/report/sections/run/data_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

DataSummary sample(const std::vector<std::string>& names) {
  DataSummary data;
  ClassBalance balance{names, {"train", "test"}, {{}, {}}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    data.splits.push_back({names[i], names[i], 1234});
    data.facts.push_back({names[i], names[i]});
    data.warnings.push_back(names[i]);
    balance.counts[0].push_back(std::int64_t(i));
    balance.counts[1].push_back(1);
    data.lengths.push_back(double(10 * i + 5));
  }
  data.class_balance = balance;
  data.length_unit = names.front();
  return data;
}

TEST(DataSection, shows_what_was_read) {
  DataSummary data = sample({"a", "b", "c", "d"});
  data.max_length = 40;
  const std::string html = page_of(data_section(data));
  expect_balanced(html);
  for (const char* part : {"1,234", "Class balance", "Checks", "median 15 a, longest 35, limit 40",
                           "50.0 %"}) {  // of class d, in train
    EXPECT_THAT(html, HasSubstr(part));
  }
  const std::string classes = html.substr(html.find("Class balance"));
  EXPECT_LT(classes.find(">d</td>"), classes.find(">c</td>"));  // the most frequent first
  EXPECT_FALSE(data_section({}));
}

TEST(DataSection, a_limit_far_beyond_the_longest_is_not_drawn) {
  DataSummary data{.lengths = {5, 15, 35}};
  data.max_length = 70;
  EXPECT_THAT(page_of(data_section(data)), HasSubstr(">limit</text>"));
  data.max_length = 71;
  EXPECT_THAT(page_of(data_section(data)), Not(HasSubstr(">limit</text>")));
}

TEST(DataSection, of_many_classes_shows_the_most_frequent) {
  std::vector<std::string> names;
  for (int i = 0; i < 31; ++i) names.push_back(fmt::format("class {}", i));
  const std::string html = page_of(data_section({.class_balance = sample(names).class_balance}));
  EXPECT_THAT(html, HasSubstr("the 30 most frequent of 31"));
  EXPECT_THAT(html, Not(HasSubstr(">class 0<")));
}

TEST(DataSection, takes_hostile_names_as_text) {
  expect_harmless(page_of(data_section(sample(kHostileNames))));
}

TEST(DataSection, refuses_counts_of_other_splits) {
  DataSummary data{.class_balance = ClassBalance{{"a"}, {"train"}, {}}};
  EXPECT_THROW(data_section(data), Error);
}

}  // namespace
}  // namespace attune
