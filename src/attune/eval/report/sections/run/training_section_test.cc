#include "attune/eval/report/sections/run/training_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(TrainingSection, tells_what_was_trained_of_what) {
  const std::vector<TrainedGroup> groups{{"embeddings", 3'000'000, 0, 0, "frozen, cached"},
                                         {"classifier", 1'000'000, 1'000'000, 5e-4, "new"}};
  const std::string html = page_of(training_section({}, groups));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("1,000,000 of 4,000,000 parameters (25.0 %)"));
  EXPECT_THAT(html, HasSubstr("<td class=\"n\">frozen</td><td class=\"n\"></td>"));
  EXPECT_THAT(html, HasSubstr("0.0005"));
  EXPECT_FALSE(training_section({}, {}));
}

TEST(TrainingSection, takes_hostile_names_as_text) {
  std::vector<TrainedGroup> groups;
  std::vector<LineChart> charts;
  for (const std::string& name : kHostileNames) {
    groups.push_back({name, 0, 0, 0, name});
    charts.push_back({name, name, name, {{name, {{1, 1}, {2, 2}}, false, true}}, {{1.5, name}}});
  }
  expect_harmless(page_of(training_section(charts, groups)));
}

}  // namespace
}  // namespace attune
