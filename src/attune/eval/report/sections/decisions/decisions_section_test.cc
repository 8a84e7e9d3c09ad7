#include "attune/eval/report/sections/decisions/decisions_section.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Logits of a two-class model that is right more often in one site, and too sure of itself.
struct Sample {
  std::vector<float> logits;
  std::int64_t label;
  std::string site;
  std::int64_t patient;
};
std::vector<Sample> samples(std::int64_t classes, std::size_t count) {
  const Rng rng(21, "scans");
  std::vector<Sample> result;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::int64_t>(std::pow(rng.uniform(i), 1.6) * double(classes));
    const bool north = rng.uniform(i + 10000) < 0.6;
    std::vector<float> logits;
    for (std::int64_t c = 0; c < classes; ++c) {
      const double signal = c == label ? (north ? 2.4 : 1.4) : 0.0;
      logits.push_back(float(2.2 * (signal + rng.normal(i * 16 + std::uint64_t(c) + 20000))));
    }
    result.push_back({logits, label, north ? "north" : "south", std::int64_t(i / 2)});
  }
  return result;
}

std::vector<float> softmax(std::vector<float> logits) {
  float sum = 0.0F;
  for (float& logit : logits) sum += logit = std::exp(logit);
  for (float& logit : logits) logit /= sum;
  return logits;
}

/// What a medical task does behind its last epoch.
DecisionReport sample_decisions(const std::vector<std::string>& classes) {
  const auto all = samples(std::int64_t(classes.size()), 800);
  using Activation = LabelledLogits::Activation;
  LabelledLogits validation(Activation::softmax, std::int64_t(classes.size())), test = validation;
  ClassificationMetrics validation_metrics(classes), metrics(classes);
  for (std::size_t i = 0; i < 200; ++i) validation.add(all[i].logits, all[i].label);
  const TemperatureFit fit = fit_temperature(validation);
  std::vector<std::string> sites;
  std::vector<std::int64_t> patients;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<float> logits = all[i].logits;
    for (float& logit : logits) logit /= static_cast<float>(fit.temperature);
    (i < 200 ? validation_metrics : metrics).add(softmax(logits), all[i].label);
    if (i < 200) continue;
    test.add(all[i].logits, all[i].label);
    sites.push_back(all[i].site);
    patients.push_back(all[i].patient);
  }
  DecisionReport report{.temperature =
                            TemperatureResults{fit.temperature, "validation, 200 samples",
                                               calibration_scores(test, 1.0),
                                               calibration_scores(test, fit.temperature)}};
  const bool binary = classes.size() == 2;
  for (std::size_t c = binary ? 1 : 0; c < classes.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    const ScoredColumn column = metrics.column(label);
    const std::vector<std::uint8_t> called = metrics.called(label);
    DecisionOptions options{.clusters = patients};
    if (binary) {
      options.operating_point = choose_operating_point(validation_metrics.column(1).samples,
                                                       parse_threshold_rule("youden"));
      report.groups = {{"site", classes[c], group_metrics(column.samples, sites, options)}};
    } else {
      options.called = called;
      options.clusters = {};
    }
    report.results.push_back(decision_results(classes[c], column.samples, options));
  }
  return report;
}

TEST(DecisionsSection, of_two_classes) {
  const std::string html = page_of(decisions_section(sample_decisions({"normal", "pneumonia"})));
  expect_balanced(html);
  for (const char* part :
       {"ROC curve", "Precision-recall curve", "Decisions for pneumonia", "Sensitivity at 90 %",
        "percentile bootstrap of 1,000 resamples, groups of samples drawn together", "By site",
        "north", "Temperature scaling", "fitted on validation, 200 samples",
        "called pneumonia from a probability of", "The dot is the decision taken",
        "youden, chosen on"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr("nan<")));
  write_file_atomically(report_path("decisions.html"), html);
}

TEST(DecisionsSection, of_eight_classes_draws_the_most_frequent) {
  std::vector<std::string> classes;
  for (int i = 0; i < 8; ++i) classes.push_back(fmt::format("organ {}", i));
  const std::string html = page_of(decisions_section(sample_decisions(classes)));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("the 6 most frequent of 8 classes"));
  EXPECT_THAT(html, HasSubstr("Decisions, each class against the others"));
  EXPECT_THAT(html, HasSubstr("by Wilson&#39;s score"));
}

TEST(DecisionsSection, shows_a_dash_for_what_one_class_leaves_undefined) {
  const std::vector<ScoredSample> negatives{{0.1F, false}, {0.7F, false}};
  const DecisionReport report{
      .results = {decision_results("ill", negatives, {.operating_point = OperatingPoint{}})},
      .groups = {{"site", "ill",
                  group_metrics(negatives, std::vector<std::string>{"a", ""},
                                {.operating_point = OperatingPoint{}})}}};
  const std::string html = page_of(decisions_section(report));
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("ROC curve")));
  EXPECT_THAT(html, HasSubstr("(none)"));
  EXPECT_THAT(html, Not(HasSubstr("nan<")));
  EXPECT_THAT(html, Not(HasSubstr("nan ")));
  EXPECT_FALSE(curves_section(report.results));  // no curve without both classes
  EXPECT_FALSE(decisions_section({}));
}

TEST(DecisionsSection, of_many_groups_shows_the_largest) {
  GroupResults results{"patient", "ill", {}};
  for (int i = 0; i < 60; ++i) {
    results.groups.push_back({fmt::format("p{:02d}", i), BinaryCounts{i, 1, 1, 1}, {}, {}, {}, {}});
  }
  const std::string html = page_of(decisions_section({.groups = {results}}));
  EXPECT_THAT(html, HasSubstr("the 40 largest of 60"));
  EXPECT_THAT(html, HasSubstr("p59"));
  EXPECT_THAT(html, Not(HasSubstr("p19")));
}

TEST(CurvesSection, shows_just_the_curves) {
  const DecisionReport report = sample_decisions({"normal", "pneumonia"});
  const std::string html = page_of(curves_section(report.results));
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("ROC curve"));
  EXPECT_THAT(html, Not(HasSubstr("Decisions for")));
}

TEST(DecisionsSection, takes_hostile_names_as_text) {
  DecisionReport one = sample_decisions({"normal", kHostileNames[2]});
  one.temperature->fitted_on = kHostileNames[0];
  one.groups[0].column = kHostileNames[1];
  one.groups[0].groups[0].group = kHostileNames[3];
  expect_harmless(page_of(decisions_section(one)));
  expect_harmless(page_of(decisions_section(sample_decisions(kHostileNames))));
}

}  // namespace
}  // namespace attune
