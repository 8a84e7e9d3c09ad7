#include "attune/tasks/classification/results/report.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/files.h"
#include "attune/eval/report/page/page_style.h"
#include "attune/eval/report/sections/results/class_results_section.h"
#include "attune/eval/report/sections/run/settings_section.h"
#include "attune/eval/report/sections/run/training_section.h"
#include "attune/tasks/classification/results/headline.h"
#include "attune/tasks/classification/testing/two_classes.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A page as it was written before tasks composed it of sections, but for its style sheet.
TEST(ClassificationReport, IsTheSamePageAsBefore) {
  Report report{.title = "Plain", .subtitle = "a text task"};
  const std::vector<LineChart> charts{
      {"Loss", "step", "", {{"training", {{1, 0.5}, {2, 0.25}}, false, true}}, {}}};
  report.add(training_section(charts, {}));
  report.add(settings_section(std::vector<KeyValueGroup>{{"Data", {{"seed", "42"}}}}));
  report.add(data_section({.splits = {{"train", "a.csv", 40}}}));
  const ReportMistake mistake{"a text", "test.csv:3", "good", "bad", 0.25, 0.75};
  report.add(mistakes_section(std::span(&mistake, 1)));
  const ClassificationEvaluation evaluation = of_two_classes();
  report.headline = headline_numbers(evaluation, {});
  const auto& metrics = std::get<ClassificationMetrics>(evaluation.metrics);
  report.add(class_results_section({evaluation.values, "", 40}, class_results(metrics)));
  std::string html = render_report(report);
  const std::string style = "<style>\n" + std::string(page_style()) + "</style>";
  ASSERT_THAT(html, HasSubstr(style));
  html.erase(html.find(style), style.size());
  html.resize(html.find("<footer>"));  // version and date
  const fs::path golden = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/eval_medical/plain.html";
  if (std::getenv("ATTUNE_REMAKE_GOLDEN") != nullptr) write_file_atomically(golden, html);
  EXPECT_EQ(html, read_file(golden, 1 << 20));
}

TEST(ClassificationReport, PutsItsNumbersBeforeThoseOfTheRun) {
  Report report{.title = "Sample", .headline = {{"Training time", "3 s", ""}}};
  add_results(of_two_classes(), "test", {.decided_by = "Decided by <a> threshold."}, report);
  EXPECT_EQ(report.headline.front().name, "Accuracy");
  EXPECT_EQ(report.headline.back().name, "Training time");
  ASSERT_EQ(report.sections.size(), 2);
  EXPECT_EQ(report.sections[1].title, "Decisions");
  const std::string html = render_report(report);
  EXPECT_THAT(html, HasSubstr("test, 40 samples"));
  EXPECT_THAT(html, HasSubstr("Decided by &lt;a&gt; threshold."));
  EXPECT_THAT(html, HasSubstr("ROC curve"));
  EXPECT_THAT(html, Not(HasSubstr("Decisions for")));
}

TEST(ClassificationReport, OfADecisionShowsItInPlaceOfThePlainCurves) {
  const ClassificationEvaluation evaluation = of_two_classes();
  const ScoredColumn column = std::get<ClassificationMetrics>(evaluation.metrics).column(1);
  Report report{.title = "Sample"};
  add_results(evaluation, "test",
              {.decisions = {.results = {decision_results("good", column.samples,
                                                          {.operating_point = OperatingPoint{}})}}},
              report);
  ASSERT_EQ(report.sections.size(), 2);
  EXPECT_THAT(report.sections[1].body.code, HasSubstr("Decisions for good"));
}

TEST(ClassificationReport, OfNumbersHasNoDecisions) {
  RegressionMetrics metrics;
  metrics.add(1, 1);
  metrics.add(2, 3);
  ClassificationEvaluation evaluation(metrics);
  evaluation.values = metrics.values();
  Report report{.title = "Sample"};
  add_results(evaluation, "validation", {}, report);
  ASSERT_EQ(report.sections.size(), 1);
  EXPECT_THAT(report.sections[0].body.code, HasSubstr("Half of the errors"));
}

}  // namespace
}  // namespace attune
