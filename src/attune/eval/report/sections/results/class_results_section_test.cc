#include "attune/eval/report/sections/results/class_results_section.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// `classes` classes of falling frequency, found with about `skill`.
ClassificationMetrics sample_metrics(const std::vector<std::string>& names, int samples,
                                     double skill) {
  const Rng rng(11, "sample");
  ClassificationMetrics metrics(names);
  const std::size_t classes = names.size();
  for (int i = 0; i < samples; ++i) {
    const auto at = [&](std::size_t k) { return std::uint64_t(i) * 10007 + k; };
    const auto label = std::int64_t(std::pow(rng.uniform(at(0)), 1.5) * double(classes));
    std::vector<float> p(classes);
    float sum = 0.0f;
    for (std::size_t k = 0; k < classes; ++k) {
      const double bonus = std::int64_t(k) == label ? skill : 0.0;
      sum += p[k] = float(std::exp(1.3 * rng.normal(at(2 * k + 1)) + bonus));
    }
    for (float& value : p) value /= sum;
    metrics.add(p, label);
  }
  return metrics;
}

std::string html_of(const ClassificationMetrics& metrics) {
  return page_of(class_results_section({metrics.values(), "test.csv", metrics.num_samples()},
                                       class_results(metrics)));
}

TEST(ClassResultsSection, of_two_classes_has_matrix_table_and_calibration) {
  const std::string html = html_of(sample_metrics({"negative", "positive"}, 1060, 2.2));
  expect_balanced(html);
  for (const char* part : {"test.csv, 1,060 samples", "Confusion matrix", "Reliability diagram",
                           "On average the model is", "average, macro", "Matthews correlation"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr("F1, macro")));  // stands under the classes
  EXPECT_EQ(html.find("nan"), std::string::npos);
  write_file_atomically(report_path("two_classes.html"), html);
}

TEST(ClassResultsSection, of_twenty_classes_names_the_confused_under_the_matrix) {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back(fmt::format("comp.sys.group{}", i));
  const std::string html = html_of(sample_metrics(names, 3080, 4.0));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("Confusion matrix"));
  EXPECT_THAT(html, HasSubstr("Most often confused:"));
}

TEST(ClassResultsSection, of_many_classes_shows_the_confused_pairs) {
  std::vector<std::string> names;
  for (int i = 0; i < 77; ++i) names.push_back(fmt::format("intent_{}_with_a_long_name", i));
  const std::string html = html_of(sample_metrics(names, 3080, 4.5));
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("Confusion matrix")));
  EXPECT_THAT(html, HasSubstr("Most often confused"));
}

TEST(ClassResultsSection, of_several_labels_a_sample_has_no_matrix) {
  MultilabelMetrics metrics({"a", "b"});
  metrics.add(std::vector{0.9f, 0.2f}, std::vector<std::uint8_t>{1, 0});
  const std::string html =
      page_of(class_results_section({metrics.values(), "", 1}, class_results(metrics)));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("Subset accuracy"));
  EXPECT_THAT(html, Not(HasSubstr("Confusion matrix")));
  EXPECT_THAT(html, HasSubstr("undefined: no sample has label &quot;b&quot;"));
}

TEST(ClassResultsSection, says_what_decides_and_how_sure_the_model_is) {
  ClassificationMetrics metrics({"a", "b"});
  for (int i = 0; i < 4; ++i) metrics.add(std::vector{0.1f, 0.9f}, i % 2);
  ClassResults classes = class_results(metrics);
  classes.decided_by = "Decided by <a> threshold.";
  const std::string html = page_of(class_results_section({metrics.values(), "", 4}, classes));
  EXPECT_THAT(html, HasSubstr("overconfident: mean confidence 0.900, accuracy 0.500"));
  EXPECT_THAT(html, HasSubstr("Decided by &lt;a&gt; threshold."));
}

TEST(ClassResultsSection, takes_hostile_names_as_text) {
  const auto metrics = sample_metrics(kHostileNames, 300, 1.0);
  EvaluatedMetrics evaluated{metrics.values(), kHostileNames[0], 300};
  evaluated.values.undefined = {{kHostileNames[1], kHostileNames[2]}};
  const std::string html = page_of(class_results_section(evaluated, class_results(metrics)));
  expect_harmless(html);
  EXPECT_THAT(html, HasSubstr("undefined: &lt;/td&gt;"));
}

}  // namespace
}  // namespace attune
