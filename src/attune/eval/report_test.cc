#include "attune/eval/report.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/regression_metrics.h"
#include "attune/eval/report/sections/log_history.h"
#include "attune/eval/report/testing.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json sample_history(int epochs, int steps_per_epoch, bool classification) {
  const Rng rng(7, "history");
  Json history = Json::array();
  const int steps = epochs * steps_per_epoch;
  for (int step = 5; step <= steps; step += 5) {
    const double done = static_cast<double>(step) / steps;
    history.push_back(
        {{"loss", 0.12 + 0.58 * std::exp(-4.0 * done) + 0.05 * rng.normal(std::uint64_t(step))},
         {"grad_norm", 2.0 + 0.5 * rng.normal(std::uint64_t(step + 100000))},
         {"learning_rate", 5e-5 * (1.0 - done)},
         {"epoch", done * epochs},
         {"step", step}});
    if (step % steps_per_epoch != 0) continue;
    Json entry{{"eval_loss", 0.34 + 0.1 * std::exp(-3 * done)}};
    if (classification) {
      entry["eval_accuracy"] = 0.861 - 0.06 * std::exp(-3 * done);
      entry["eval_f1"] = 0.865 - 0.08 * std::exp(-3 * done);
      entry["eval_mcc"] = 0.725 - 0.12 * std::exp(-3 * done);
    } else {
      entry["eval_pearson"] = 0.88 - 0.1 * std::exp(-3 * done);
    }
    entry["eval_runtime"] = 12.0;
    entry["epoch"] = done * epochs;
    entry["step"] = step;
    history.push_back(entry);
  }
  return history;
}

const char* const kTexts[] = {
    "It's a glorified sitcom, and a long, unfunny one at that, which is a pity because the first "
    "reel promises something with rather more bite.",
    "A film so bad it is good: I would not have missed a minute of it for the world.",
    "<b>Bold</b> & \"quoted\" text with <script>alert('x')</script> in it.",
    "Never (and I mean never) has a director tried so little and got away with so much.",
    "Ein überraschend warmherziger Film – 感动 – فيلم جميل",
    "You could hardly call it boring.",
};

// `classes` classes of falling frequency, found with about `skill`.
ClassificationMetrics sample_metrics(std::vector<std::string> names, int samples, double skill,
                                     std::vector<ReportMistake>& mistakes) {
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
    const auto best = std::ranges::max_element(p) - p.begin();
    if (best == label || mistakes.size() == 12) continue;
    mistakes.push_back({kTexts[std::size_t(i) % std::size(kTexts)],
                        fmt::format("test.csv:{}", i + 2), names[std::size_t(label)],
                        names[std::size_t(best)], p[std::size_t(label)], p[std::size_t(best)]});
  }
  return metrics;
}

ReportData sample_report(const std::string& title, const ClassificationMetrics& metrics,
                         const std::vector<ReportMistake>& mistakes) {
  ReportData data;
  data.title = title;
  data.subtitle =
      "all-MiniLM-L6-v2 fine-tuned on movieReviewSnippets_GroundTruth.txt, seed 42, "
      "2026-03-14 09:26 UTC";
  data.metrics = metrics.values();
  data.metrics.values.insert(data.metrics.values.begin(), {"loss", 0.3412});
  data.evaluated_on = "test.csv";
  data.evaluated_samples = metrics.num_samples();
  data.classes = class_results(metrics);
  data.mistakes = mistakes;
  data.charts = charts_from_log_history(sample_history(3, 300, true), 600);
  data.groups.push_back({"embeddings", 11'920'512, 0, 0, "frozen, cached"});
  for (int i = 0; i < 6; ++i) {
    data.groups.push_back({fmt::format("encoder.layer.{}", i), 1'774'464, 1'774'464,
                           5e-5 * std::pow(0.9, 6 - i), i < 3 ? "from epoch 2" : ""});
  }
  data.groups.push_back({"classifier", 770, 770, 5e-4, "new"});
  data.data.splits = {{"train", "reviews.csv", 8590},
                      {"validation", "10 % of train", 955},
                      {"test", "test.csv", 1060}};
  ClassBalance balance{metrics.label_names(), {"train", "validation", "test"}, {{}, {}, {}}};
  for (const std::int64_t count : metrics.confusion().support()) {
    balance.counts[0].push_back(count * 8);
    balance.counts[1].push_back(count);
    balance.counts[2].push_back(count);
  }
  data.data.class_balance = balance;
  const Rng rng(3, "lengths");
  for (std::uint64_t i = 0; i < 8590; ++i) {
    data.data.lengths.push_back(std::round(std::exp(3.1 + 0.45 * rng.normal(i)) + 3));
  }
  data.data.max_length = 128;
  data.data.facts = {{"duplicate texts in train", "14"},
                     {"texts in both train and test", "3"},
                     {"rows skipped", "0"},
                     {"truncated samples", "2 (0.0 %)"}};
  data.data.warnings = {
      "3 texts of the test set are also in the training set: figures may flatter."};
  data.settings = {{"Data",
                    {{"train_file", "reviews.csv"},
                     {"text_column", "text"},
                     {"label_column", "label"},
                     {"validation_split", "0.1"},
                     {"max_length", "128"}}},
                   {"Optimization",
                    {{"learning_rate", "5e-05"},
                     {"num_train_epochs", "3"},
                     {"per_device_train_batch_size", "32"},
                     {"optim", "adamw"},
                     {"lr_scheduler_type", "linear"},
                     {"warmup_ratio", "0.06"},
                     {"max_grad_norm", "1.0"},
                     {"seed", "42"}}},
                   {"Model",
                    {{"model", "models/all-MiniLM-L6-v2"},
                     {"strategy", "layer-wise"},
                     {"unfreeze_every", "epochs"},
                     {"pooling", "cls"},
                     {"layer_lr_decay", "0.9"}}}};
  data.model = {{"family", "bert"},
                {"parameters", "22,568,066"},
                {"layers", "6"},
                {"hidden size", "384"},
                {"labels", std::to_string(metrics.label_names().size())}};
  data.versions = {{"attune", "0.1.0"},
                   {"LibTorch", "2.13.0"},
                   {"processor", "Intel(R) Xeon(R) Processor, 2 threads"},
                   {"precision", "fp32"}};
  data.timings = {214.3, 4.1, 120.4, 3120.0, 258.0, 1'530'000'000};
  return data;
}

TEST(Report, binary_classification) {
  std::vector<ReportMistake> mistakes;
  const auto metrics = sample_metrics({"negative", "positive"}, 1060, 2.2, mistakes);
  const ReportData data = sample_report("Movie review sentiment", metrics, mistakes);
  const std::string html = render_report(data);
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("Confusion matrix"));
  EXPECT_THAT(html, HasSubstr("Reliability diagram"));
  EXPECT_THAT(html, HasSubstr("epoch 2, best"));
  EXPECT_THAT(html, HasSubstr("22,568,066"));
  EXPECT_THAT(html, HasSubstr("of class positive"));
  EXPECT_EQ(html.find("nan"), std::string::npos);
  write_report(report_path("binary.html"), data);
  EXPECT_EQ(read_file(report_path("binary.html"), 1 << 24).substr(0, 15), "<!doctype html>");
}

TEST(Report, is_self_contained_and_runs_nothing) {
  std::vector<ReportMistake> mistakes;
  const auto metrics = sample_metrics({"<img src=x>", "\" onload=\"alert(1)"}, 300, 1.0, mistakes);
  ReportData data = sample_report("<script>title</script>", metrics, mistakes);
  data.subtitle = "\xff\xfe broken \x01 bytes";
  const std::string html = render_report(data);
  expect_balanced(html);
  for (const char* bad :
       {"<script", "<img", "src=\"", "http://", "https://", "url(", "@import", "onload=\"a"}) {
    EXPECT_THAT(html, Not(HasSubstr(bad)));
  }
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;title&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("\xef\xbf\xbd broken \xef\xbf\xbd bytes"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
}

TEST(Report, six_classes) {
  std::vector<ReportMistake> mistakes;
  const auto metrics =
      sample_metrics({"sadness", "joy", "love", "anger", "fear", "surprise"}, 2000, 3.0, mistakes);
  ReportData data = sample_report("Emotions in tweets", metrics, mistakes);
  data.sections.push_back({"Word error rate", html_card("By speaker", html_text("a task's own"))});
  const std::string html = render_report(data);
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("a task&#39;s own"));
  write_report(report_path("six.html"), data);
}

TEST(Report, of_many_classes_shows_the_confused_pairs) {
  std::vector<std::string> names;
  for (int i = 0; i < 77; ++i) names.push_back(fmt::format("intent_{}_with_a_long_name", i));
  std::vector<ReportMistake> mistakes;
  const auto metrics = sample_metrics(names, 3080, 4.5, mistakes);
  const ReportData data = sample_report("Banking intents", metrics, mistakes);
  const std::string html = render_report(data);
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("Confusion matrix")));
  EXPECT_THAT(html, HasSubstr("Most often confused"));
  EXPECT_THAT(html, HasSubstr("the 30 most frequent of 77"));
  write_report(report_path("many.html"), data);
}

TEST(Report, twenty_classes) {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back(fmt::format("comp.sys.group{}", i));
  std::vector<ReportMistake> mistakes;
  const auto metrics = sample_metrics(names, 3080, 4.0, mistakes);
  const ReportData data = sample_report("Twenty newsgroups", metrics, mistakes);
  expect_balanced(render_report(data));
  write_report(report_path("twenty.html"), data);
}

TEST(Report, regression) {
  const Rng rng(5, "regression");
  RegressionMetrics metrics;
  for (std::uint64_t i = 0; i < 1379; ++i) {
    const double target = 5.0 * rng.uniform(3 * i);
    metrics.add(float(target + 0.45 * rng.normal(3 * i + 1)), float(target));
  }
  ReportData data;
  data.title = "Semantic similarity";
  data.subtitle = "bert-base-uncased fine-tuned on stsb.csv";
  data.metrics = metrics.values();
  data.evaluated_on = "stsb-test.csv";
  data.evaluated_samples = metrics.num_samples();
  data.regression = {metrics.predictions(), metrics.targets()};
  data.mistakes = {{"A man is playing a guitar. / A man plays the flute.",
                    "stsb-test.csv:7",
                    "0.80",
                    "3.91",
                    {},
                    {}}};
  data.charts = charts_from_log_history(sample_history(12, 40, false), 400);
  data.timings = {1214.3, 9.1, 14.4, 0.0, 151.0, 2'530'000'000};
  const std::string html = render_report(data);
  expect_balanced(html);
  EXPECT_THAT(html, HasSubstr("Pearson r"));
  EXPECT_THAT(html, HasSubstr("Half of the errors"));
  EXPECT_THAT(html, Not(HasSubstr("Confusion")));
  write_report(report_path("regression.html"), data);
}

ReportData titled(const char* title) {
  ReportData data;
  data.title = title;
  return data;
}

TEST(Report, of_nothing_but_a_title) {
  const std::string html = render_report(titled("Empty"));
  expect_balanced(html);
  EXPECT_THAT(html, Not(HasSubstr("<section")));
}

TEST(Report, shows_an_undefined_metric_with_its_reason) {
  ReportData data = titled("One class");
  data.metrics.undefined = {{"auroc", "every sample is of class \"a\""}};
  EXPECT_THAT(render_report(data), HasSubstr("undefined: every sample is of class &quot;a&quot;"));
}

TEST(Report, names_the_path_it_cannot_write) {
  EXPECT_THROW(write_report("/proc/report.html", titled("x")), Error);
}

}  // namespace
}  // namespace attune
