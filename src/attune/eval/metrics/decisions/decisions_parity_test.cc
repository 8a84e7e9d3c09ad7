// Compares with scikit-learn and SciPy: tests/parity/eval_medical/make_golden.py.
#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/eval/metrics/calibration/temperature.h"
#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/metrics/decisions/operating_point.h"
#include "attune/eval/metrics/intervals/bootstrap.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"
#include "attune/eval/metrics/labels/ranked_samples.h"

namespace attune {
namespace {

constexpr double kTolerance = 1e-12;

const Json& golden() {
  static const Json json =
      read_json(fs::path(ATTUNE_SOURCE_DIR) / "tests/parity/eval_medical/golden.json");
  return json;
}

std::vector<ScoredSample> samples_of(const Json& item) {
  std::vector<ScoredSample> samples;
  for (std::size_t i = 0; i < item["labels"].size(); ++i) {
    samples.push_back({item["scores"][i].get<float>(), item["labels"][i] == 1});
  }
  return samples;
}

void expect_equal(double value, const Json& expected, const std::string& name) {
  if (expected.is_null()) {
    EXPECT_TRUE(std::isnan(value)) << name << " is " << value;
  } else {
    EXPECT_NEAR(value, expected.get<double>(), kTolerance) << name;
  }
}

// `expected`: false positive rates, true positive rates and thresholds (null: infinity).
void expect_roc(const std::vector<RocPoint>& curve, const Json& expected) {
  ASSERT_EQ(curve.size(), expected[0].size());
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_DOUBLE_EQ(curve[i].false_positive_rate, expected[0][i].get<double>());
    EXPECT_DOUBLE_EQ(curve[i].true_positive_rate, expected[1][i].get<double>());
    // The first is infinity, for which JSON has no number.
    EXPECT_EQ(curve[i].threshold,
              i == 0 ? std::numeric_limits<double>::infinity() : expected[2][i].get<double>());
  }
}

TEST(DecisionsParity, curves) {
  for (const Json& item : golden()["curves"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const ThresholdCurve curve = threshold_curve(samples_of(item));
    expect_roc(roc_curve(curve, false), item["roc"]);
    expect_roc(roc_curve(curve, true), item["roc_dropped"]);
    const auto precision_recall = precision_recall_curve(curve);
    ASSERT_EQ(precision_recall.size(), item["recall"].size());
    for (std::size_t i = 0; i < precision_recall.size(); ++i) {
      EXPECT_DOUBLE_EQ(precision_recall[i].recall, item["recall"][i].get<double>());
      EXPECT_DOUBLE_EQ(precision_recall[i].precision, item["precision"][i].get<double>());
    }
  }
}

TEST(DecisionsParity, rates_at_thresholds) {
  for (const Json& item : golden()["curves"]) {
    const std::vector<ScoredSample> samples = samples_of(item);
    for (const Json& expected : item["decisions"]) {
      SCOPED_TRACE(item["name"].get<std::string>() + " at " + expected["threshold"].dump());
      const BinaryCounts counts = count_decisions(samples, expected["threshold"].get<double>());
      EXPECT_EQ((std::vector{counts.true_negatives, counts.false_positives, counts.false_negatives,
                             counts.true_positives}),
                expected["counts"].get<std::vector<std::int64_t>>());
      expect_equal(counts.accuracy(), expected["accuracy"], "accuracy");
      expect_equal(counts.sensitivity(), expected["sensitivity"], "sensitivity");
      expect_equal(counts.specificity(), expected["specificity"], "specificity");
      expect_equal(counts.ppv(), expected["ppv"], "ppv");
      expect_equal(counts.npv(), expected["npv"], "npv");
      expect_equal(counts.balanced_accuracy(), expected["balanced_accuracy"], "balanced accuracy");
      expect_equal(counts.youden(), expected["youden"], "youden");
    }
  }
}

TEST(DecisionsParity, operating_points) {
  for (const Json& item : golden()["curves"]) {
    const std::vector<ScoredSample> samples = samples_of(item);
    for (const auto& [rule, expected] : item["operating_points"].items()) {
      SCOPED_TRACE(item["name"].get<std::string>() + ", " + rule);
      const OperatingPoint point = choose_operating_point(samples, parse_threshold_rule(rule));
      const BinaryCounts counts = count_decisions(samples, point.threshold);
      EXPECT_EQ(counts.true_positives, expected[0].get<std::int64_t>()) << point.threshold;
      EXPECT_EQ(counts.false_positives, expected[1].get<std::int64_t>()) << point.threshold;
      EXPECT_EQ(point.sensitivity, counts.sensitivity());
      EXPECT_EQ(point.specificity, counts.specificity());
    }
  }
}

TEST(DecisionsParity, results_of_a_class) {
  for (const Json& item : golden()["curves"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const std::vector<ScoredSample> samples = samples_of(item);
    const DecisionOptions options{.operating_point = choose_operating_point(samples, {}),
                                  .resamples = 50};
    const DecisionResults results = decision_results("ill", samples, options);
    EXPECT_NEAR(results.auroc.value, item["auroc"].get<double>(), kTolerance);
    EXPECT_NEAR(results.average_precision.value, item["average_precision"].get<double>(),
                kTolerance);
    const std::vector<std::uint32_t> once(samples.size(), 1U);
    EXPECT_NEAR(RankedSamples(samples).scores(once).auroc, ranking_scores(samples).auroc, 1e-15);
  }
}

// `expected`: low, high, standard error of the peer's resamples. Its 5,000 place an end within
// 0.04 standard errors (one sigma), our 20,000 within 0.02; scores have steps.
void expect_interval(const Estimate& estimate, const Json& expected, double step,
                     const std::string& name) {
  const double tolerance = 0.16 * expected[2].get<double>() + step;
  EXPECT_NEAR(estimate.low, expected[0].get<double>(), tolerance) << name;
  EXPECT_NEAR(estimate.high, expected[1].get<double>(), tolerance) << name;
}

TEST(DecisionsParity, bootstrap_intervals) {
  const Json& item = golden()["bootstrap"];
  const std::vector<ScoredSample> samples = samples_of(item);
  const double threshold = item["threshold"];
  const RankedSamples ranked(samples);
  const auto statistics = [&](std::span<const std::uint32_t> weights, std::span<double> out) {
    std::vector<ScoredSample> drawn;
    for (std::size_t i = 0; i < samples.size(); ++i)
      drawn.insert(drawn.end(), weights[i], samples[i]);
    const BinaryCounts counts = count_decisions(drawn, threshold);
    out[0] = ranked.scores(weights).auroc;
    EXPECT_NEAR(out[0], ranking_scores(drawn).auroc, 1e-12);
    out[1] = counts.accuracy();
    out[2] = counts.sensitivity();
    out[3] = counts.specificity();
  };
  const std::vector<std::string> names{"auroc", "accuracy", "sensitivity", "specificity"};
  const auto clusters = item["clusters"].get<std::vector<std::int64_t>>();
  const auto compare = [&](const Resampler& resampler, const Json& expected) {
    const std::vector<Estimate> estimates = bootstrap(resampler, 20000, 4, statistics);
    for (std::size_t i = 0; i < names.size(); ++i) {
      expect_interval(estimates[i], expected[names[i]], i == 0 ? 0.0 : 0.007, names[i]);
    }
    return estimates[0];
  };
  const Estimate plain = compare(Resampler::plain(150, 3), item["plain"]);
  const Estimate clustered = compare(Resampler::clustered(clusters, 3), item["clustered"]);
  EXPECT_GT(clustered.high - clustered.low, plain.high - plain.low);

  const DecisionOptions options{.operating_point = OperatingPoint{.threshold = threshold},
                                .resamples = 20000};
  const DecisionResults stratified = decision_results("ill", samples, options);
  expect_interval(stratified.auroc, item["stratified_auroc"], 0.0, "stratified");
  DecisionOptions by_patient = options;
  by_patient.clusters = clusters;
  const DecisionResults results = decision_results("ill", samples, by_patient);
  expect_interval(results.sensitivity, item["clustered"]["sensitivity"], 0.007, "by patient");
}

TEST(DecisionsParity, wilson_intervals) {
  for (const Json& expected : golden()["wilson"]) {
    const Estimate estimate = wilson_interval(expected[0], expected[1]);
    EXPECT_NEAR(estimate.low, expected[2].get<double>(), kTolerance) << expected.dump();
    EXPECT_NEAR(estimate.high, expected[3].get<double>(), kTolerance) << expected.dump();
  }
}

LabelledLogits logits_of(const Json& item) {
  const auto rows = item["logits"].get<std::vector<std::vector<float>>>();
  const bool softmax = item["truth"][0].is_number();
  using Activation = LabelledLogits::Activation;
  LabelledLogits data(softmax ? Activation::softmax : Activation::sigmoid,
                      static_cast<std::int64_t>(rows.front().size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (softmax) {
      data.add(rows[i], item["truth"][i].get<std::int64_t>());
      continue;
    }
    std::vector<std::uint8_t> labels;
    for (const Json& label : item["truth"][i]) {
      labels.push_back(label == -1 ? kMissingLabel : label.get<std::uint8_t>());
    }
    data.add(rows[i], labels);
  }
  return data;
}

TEST(DecisionsParity, temperature) {
  for (const Json& item : golden()["temperature"]) {
    SCOPED_TRACE(item["name"].get<std::string>());
    const TemperatureFit fit = fit_temperature(logits_of(item));
    EXPECT_FALSE(fit.at_bound);
    // Brent's method sees the minimum only to the root of the rounding error.
    EXPECT_NEAR(fit.temperature, item["temperature"].get<double>(), 2e-6 * fit.temperature);
    EXPECT_NEAR(fit.before.nll, item["before"][0].get<double>(), 1e-9);
    EXPECT_NEAR(fit.after.nll, item["after"][0].get<double>(), 1e-9);
    EXPECT_LT(fit.after.nll, fit.before.nll);
    const auto ece = [](const CalibrationScores& scores) {
      return scores.calibration.expected_calibration_error();
    };
    EXPECT_NEAR(ece(fit.before), item["before"][1].get<double>(), 1e-9);
    EXPECT_NEAR(ece(fit.after), item["after"][1].get<double>(), 1e-5);
  }
}

TEST(DecisionsParity, multilabel_with_missing_labels) {
  const Json& item = golden()["multilabel_missing"];
  MultilabelMetrics metrics({"a", "b", "c", "d"});
  for (std::size_t i = 0; i < item["labels"].size(); ++i) {
    metrics.add(item["probabilities"][i].get<std::vector<float>>(),
                item["labels"][i].get<std::vector<std::uint8_t>>());
  }
  const MetricValues values = metrics.values();
  EXPECT_EQ(values.values.size(), item["expected"].size());
  for (const auto& [name, expected] : item["expected"].items()) {
    ASSERT_TRUE(values.find(name).has_value()) << name;
    EXPECT_NEAR(*values.find(name), expected.get<double>(), kTolerance) << name;
  }
}

}  // namespace
}  // namespace attune
