// The parts of a report that medical and image tasks fill.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/report.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// One white pixel.
constexpr std::string_view kPng(
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9c"
    "c\xf8\x0f\0\1\1\1\0\xb1"
    "8\xf6\x14\0\0\0\0IEND\xae"
    "B`\x82",
    67);

// Pictures of the folder where there is one (to look at the page), else the pixel.
std::vector<std::string> pictures(std::size_t count) {
  std::vector<std::string> uris;
  if (const char* folder = std::getenv("ATTUNE_REPORT_PICTURES")) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    for (std::size_t i = 0; i < count; ++i) {
      uris.push_back(image_data_uri(read_file(files.at(i % files.size()), 1 << 24)));
    }
  }
  uris.resize(count, image_data_uri(kPng));
  return uris;
}

// Logits of a two-class model that is right more often in one site, and too sure of itself.
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

// What a medical task does behind its last epoch.
ReportData medical_report(const std::vector<std::string>& classes) {
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
  ReportData data;
  data.title = "Medical image classification";
  data.metrics = metrics.values();
  data.evaluated_on = "test";
  data.evaluated_samples = metrics.num_samples();
  data.classes = class_results(metrics);
  data.temperature =
      TemperatureResults{fit.temperature, "validation, 200 samples", calibration_scores(test, 1.0),
                         calibration_scores(test, fit.temperature)};
  const bool binary = classes.size() == 2;
  for (std::size_t c = binary ? 1 : 0; c < classes.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    const ScoredColumn column = metrics.column(label);
    const std::vector<std::uint8_t> called = metrics.called(label);
    DecisionOptions options{.clusters = patients};
    if (binary) {
      options.operating_point = choose_operating_point(validation_metrics.column(1).samples,
                                                       parse_threshold_rule("youden"));
      add_decision_metrics(data.metrics, decision_results(classes[c], column.samples, options));
      data.group_results = {{"site", classes[c], group_metrics(column.samples, sites, options)}};
    } else {
      options.called = called;
      options.clusters = {};
    }
    data.decisions.push_back(decision_results(classes[c], column.samples, options));
  }
  return data;
}

void add_pictures(ReportData& data) {
  const std::vector<std::string> uris = pictures(14);
  for (std::size_t i = 0; i < 6; ++i) {
    data.mistake_images.push_back(
        {uris[i],
         {"pneumonia, 0.98", "true: normal, 0.02", fmt::format("scans/patient{:03d}.png", i)},
         uris[i + 7]});
  }
  for (std::size_t i = 0; i < 14; ++i) data.augmented_images.push_back({uris[i], {"normal"}, {}});
}

TEST(MedicalReport, of_two_classes) {
  ReportData data = medical_report({"normal", "pneumonia"});
  add_pictures(data);
  const std::string html = render_report(data);
  expect_balanced(html);
  for (const char* part :
       {"ROC curve", "Precision-recall curve", "Decisions for pneumonia", "Sensitivity at 90 %",
        "percentile bootstrap of 1,000 resamples, groups of samples drawn together", "By site",
        "north", "Temperature scaling", "fitted on validation, 200 samples", "Grad-CAM",
        "Augmented inputs", "called pneumonia from a probability of",
        "The dot is the decision taken", "youden, chosen on", "Operating threshold"}) {
    EXPECT_THAT(html, HasSubstr(part));
  }
  EXPECT_THAT(html, Not(HasSubstr("nan<")));
  write_report(report_path("medical.html"), data);
}

TEST(MedicalReport, of_eight_classes_draws_the_most_frequent) {
  std::vector<std::string> classes;
  for (int i = 0; i < 8; ++i) classes.push_back(fmt::format("organ {}", i));
  const ReportData data = medical_report(classes);
  const std::string html = render_report(data);
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("the 6 most frequent of 8 classes"));
  EXPECT_THAT(html, HasSubstr("Decisions, each class against the others"));
  EXPECT_THAT(html, HasSubstr("by Wilson&#39;s score"));
  write_report(report_path("organs.html"), data);
}

TEST(MedicalReport, shows_a_dash_for_what_one_class_leaves_undefined) {
  ReportData data{.title = "One class"};
  const std::vector<ScoredSample> negatives{{0.1F, false}, {0.7F, false}};
  data.decisions = {decision_results("ill", negatives, {.operating_point = OperatingPoint{}})};
  data.group_results = {{"site", "ill",
                         group_metrics(negatives, std::vector<std::string>{"a", ""},
                                       {.operating_point = OperatingPoint{}})}};
  const std::string html = render_report(data);
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("ROC curve")));
  EXPECT_THAT(html, HasSubstr("(none)"));
  EXPECT_THAT(html, Not(HasSubstr("nan<")));
  EXPECT_THAT(html, Not(HasSubstr("nan ")));
}

TEST(MedicalReport, of_many_groups_shows_the_largest) {
  GroupResults results{"patient", "ill", {}};
  for (int i = 0; i < 60; ++i) {
    results.groups.push_back({fmt::format("p{:02d}", i), BinaryCounts{i, 1, 1, 1}, {}, {}, {}, {}});
  }
  ReportData data{.title = "Groups", .group_results = {results}};
  const std::string html = render_report(data);
  EXPECT_THAT(html, HasSubstr("the 40 largest of 60"));
  EXPECT_THAT(html, HasSubstr("p59"));
  EXPECT_THAT(html, Not(HasSubstr("p19")));
}

std::string refusal(const std::string& uri) {
  const std::vector<ImageTile> tiles{{uri, {}, {}}};
  return error_of([&] { image_grid(tiles); });
}

TEST(ImageGrid, takes_pictures_inside_the_page_only) {
  EXPECT_EQ(refusal(image_data_uri(kPng)), "no error");
  EXPECT_EQ(image_data_uri("\xff\xd8\xff\xe0").substr(0, 27), "data:image/jpeg;base64,/9j/");
  for (const char* bad : {"", "http://example.org/a.png", "data:image/png;base64,",
                          "data:image/png;base64,AAAA\" onload=\"alert(1)",
                          "data:image/svg+xml;base64,AAAA", "data:text/html;base64,AAAA"}) {
    EXPECT_THAT(refusal(bad), HasSubstr("expected \"data:image/png;base64,\"")) << bad;
  }
  EXPECT_THROW(image_data_uri("GIF89a"), Error);
}

TEST(ImageGrid, escapes_captions) {
  const std::vector<ImageTile> tiles{{image_data_uri(kPng), {"<b>\"", "", "<i>"}, {}}};
  const std::string code = image_grid(tiles).code;
  EXPECT_THAT(code, HasSubstr("alt=\"&lt;b&gt;&quot;\""));
  EXPECT_THAT(code, Not(HasSubstr("<i>")));
  EXPECT_THAT(code, Not(HasSubstr("<span></span>")));
}

// A report of a task without pictures and decisions, written before there were any.
TEST(MedicalReport, leaves_other_reports_as_they_are) {
  ReportData data{.title = "Plain", .subtitle = "a text task"};
  ClassificationMetrics metrics({"bad", "good"});
  for (int i = 0; i < 40; ++i) {
    const float p = static_cast<float>((i * 7) % 32) / 32.0F;
    metrics.add(std::vector{1 - p, p}, p > 0.5F ? i % 5 != 0 : i % 3 == 0);
  }
  data.metrics = metrics.values();
  data.evaluated_samples = metrics.num_samples();
  data.classes = class_results(metrics);
  data.mistakes = {{"a text", "test.csv:3", "good", "bad", 0.25, 0.75}};
  data.charts = {{"Loss", "step", "", {{"training", {{1, 0.5}, {2, 0.25}}, false, true}}, {}}};
  data.data.splits = {{"train", "a.csv", 40}};
  data.settings = {{"Data", {{"seed", "42"}}}};
  std::string html = render_report(data);
  const std::string style = "<style>\n" + std::string(page_style()) + "</style>";
  ASSERT_THAT(html, HasSubstr(style));
  html.erase(html.find(style), style.size());  // may change, but holds nothing of this page alone
  html.resize(html.find("<footer>"));          // version and date
  const fs::path golden = fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/eval_medical/plain.html";
  if (std::getenv("ATTUNE_REMAKE_GOLDEN") != nullptr) write_file_atomically(golden, html);
  EXPECT_EQ(html, read_file(golden, 1 << 20));
}

}  // namespace
}  // namespace attune
