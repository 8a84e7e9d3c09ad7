#include "attune/eval/report/sections/run/machine_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/eval/report/sections/run/settings_section.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MachineSection, tells_times_that_are_known) {
  const ReportTimings timings{.train_seconds = 214.3, .train_samples_per_second = 120.4};
  const std::string html = page_of(machine_section({{"family", "bert"}}, timings, {}));
  expect_balanced(html);
  for (const char* part : {"<dt>family</dt><dd>bert</dd>", "<dd>120.4</dd>"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  for (const char* part : {"peak memory", "evaluation", "Versions"}) {
    EXPECT_THAT(html, Not(HasSubstr(part)));
  }
  EXPECT_FALSE(machine_section({}, {}, {}));
}

TEST(MachineSection, counts_in_the_units_of_the_data) {
  ReportTimings timings{.unit = "pictures",
                        .train_samples_per_second = 120.4,
                        .train_cost_per_second = 3120,
                        .eval_samples_per_second = 99.5};
  const std::string of_pictures = page_of(machine_section({}, timings, {}));
  EXPECT_THAT(of_pictures, HasSubstr("<dt>training, pictures/s</dt><dd>120.4</dd>"));
  EXPECT_THAT(of_pictures, HasSubstr("<dt>evaluation, pictures/s</dt><dd>99.50</dd>"));
  EXPECT_THAT(of_pictures, Not(HasSubstr("3,120")));  // all pictures cost the same
  timings.cost_unit = "<tokens>";
  EXPECT_THAT(page_of(machine_section({}, timings, {})),
              HasSubstr("<dt>training, &lt;tokens&gt;/s</dt><dd>3,120</dd>"));
}

TEST(TimingNumbers, are_time_and_memory) {
  const auto numbers = timing_numbers({.unit = "texts",
                                       .train_seconds = 214.3,
                                       .train_samples_per_second = 120.4,
                                       .peak_rss_bytes = 1'530'000'000});
  ASSERT_EQ(numbers.size(), 2);
  EXPECT_EQ(numbers[0].note, "120.4 texts/s");
  EXPECT_EQ(numbers[1].name, "Peak memory");
  EXPECT_TRUE(timing_numbers({}).empty());
}

TEST(SettingsSection, has_a_card_a_stage_with_settings) {
  const std::vector<KeyValueGroup> settings{{"train", {{"seed", "42"}}}, {"eval", {}}};
  const std::string html = page_of(settings_section(settings));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("<dt>seed</dt><dd>42</dd>"));
  EXPECT_THAT(html, Not(HasSubstr("eval")));
  EXPECT_FALSE(settings_section({}));
}

TEST(SettingsSection, takes_hostile_names_as_text) {
  std::vector<KeyValueGroup> settings;
  std::vector<KeyValue> items;
  for (const std::string& name : kHostileNames) {
    items.push_back({name, name});
    settings.push_back({name, {{name, name}}});
  }
  expect_harmless(page_of(settings_section(settings)));
  expect_harmless(page_of(machine_section(items, {}, items)));
}

}  // namespace
}  // namespace attune
