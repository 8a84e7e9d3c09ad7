#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/rng.h"
#include "attune/base/testing/error_of.h"
#include "attune/eval/metrics/calibration/temperature.h"
#include "attune/eval/metrics/decisions/decision_json.h"
#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/metrics/intervals/bootstrap.h"
#include "attune/eval/metrics/labels/classification_metrics.h"
#include "attune/eval/metrics/labels/group_metrics.h"
#include "attune/eval/metrics/labels/macro_auroc.h"
#include "attune/eval/metrics/labels/multilabel_metrics.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Kind = ThresholdRule::Kind;

const std::vector<ScoredSample> kSamples{{0.9F, true}, {0.8F, false}, {0.6F, true},
                                         {0.4F, true}, {0.3F, false}, {0.1F, false}};

TEST(ThresholdRule, reads_what_it_writes) {
  for (const char* text : {"youden", "specificity=0.9", "sensitivity=0.95", "0.25", "1"}) {
    EXPECT_EQ(to_string(parse_threshold_rule(text)), text);
  }
  EXPECT_EQ(parse_threshold_rule("specificity=0.9"), (ThresholdRule{Kind::specificity, 0.9}));
  for (const char* text : {"", "best", "specificity", "specificity=", "specificity=1.5", "-0.1",
                           "0.5x", "sensitivity=nan", "youden=1"}) {
    EXPECT_THAT(error_of([&] { parse_threshold_rule(text); }), HasSubstr("specificity=X")) << text;
  }
}

TEST(OperatingPoint, lies_between_the_scores_it_parts) {
  const OperatingPoint youden = choose_operating_point(kSamples, {Kind::youden, 0});
  EXPECT_NEAR(youden.threshold, 0.35, 1e-7);
  EXPECT_DOUBLE_EQ(youden.sensitivity, 1.0);
  EXPECT_DOUBLE_EQ(youden.specificity, 2.0 / 3.0);
  const OperatingPoint sure = choose_operating_point(kSamples, {Kind::specificity, 1.0});
  EXPECT_NEAR(sure.threshold, 0.85, 1e-7);
  EXPECT_DOUBLE_EQ(sure.sensitivity, 1.0 / 3.0);
}

TEST(OperatingPoint, may_call_nothing_or_everything) {
  const std::vector<ScoredSample> upside_down{{1.0F, false}, {0.2F, true}};
  const OperatingPoint nothing = choose_operating_point(upside_down, {Kind::specificity, 1.0});
  EXPECT_EQ(nothing.sensitivity, 0.0);
  EXPECT_EQ(count_decisions(upside_down, nothing.threshold).false_positives, 0);
  const OperatingPoint all = choose_operating_point(upside_down, {Kind::sensitivity, 1.0});
  EXPECT_EQ(all.sensitivity, 1.0);
  EXPECT_NEAR(all.threshold, 0.1, 1e-7);
}

TEST(OperatingPoint, needs_both_classes_unless_it_is_fixed) {
  const std::vector<ScoredSample> one_class{{0.9F, true}};
  EXPECT_THAT(error_of([&] {
                choose_operating_point(one_class, {Kind::youden, 0});
              }),
              HasSubstr("\"youden\" needs samples of both classes, got 1 positive and 0 negative"));
  const OperatingPoint fixed = choose_operating_point(one_class, {Kind::fixed, 0.5});
  EXPECT_EQ(fixed.sensitivity, 1.0);
  EXPECT_TRUE(std::isnan(fixed.specificity));
}

TEST(OperatingPoint, survives_its_file) {
  for (const ThresholdRule& rule : {ThresholdRule{Kind::youden, 0}, ThresholdRule{}}) {
    const OperatingPoint point = choose_operating_point({{0.9F, true}, {0.2F, false}}, rule);
    const Json json = parse_json(to_json(point).dump(), "test");
    const OperatingPoint read = operating_point_from_json(json, "f.json");
    EXPECT_EQ(read.threshold, point.threshold);
    EXPECT_EQ(read.rule, point.rule);
    EXPECT_EQ(read.sensitivity, point.sensitivity);
    EXPECT_EQ(read.negatives, 1);
  }
  const auto refusal = [](const char* text) {
    return error_of([&] { operating_point_from_json(parse_json(text, "test"), "f.json"); });
  };
  EXPECT_THAT(refusal("[]"), HasSubstr("f.json: expected an object"));
  EXPECT_THAT(refusal(R"({"rule":"youden"})"), HasSubstr("\"threshold\" is missing"));
  EXPECT_THAT(refusal(R"({"rule":"youden","threshold":"a"})"), HasSubstr("\"threshold\" is \"a\""));
  EXPECT_THAT(refusal(R"({"rule":"youden","threshold":7})"), HasSubstr("threshold is 7"));
  EXPECT_THAT(refusal(R"({"rule":"youden","threshold":null})"), HasSubstr("threshold is nan"));
  EXPECT_THAT(refusal(R"({"rule":"best","threshold":0.5})"), HasSubstr("threshold rule \"best\""));
  EXPECT_THAT(refusal(R"({"rule":"youden","threshold":0.5,"sensitivity":1,"specificity":1,
                          "positives":-1,"negatives":1})"),
              HasSubstr("\"positives\" is -1"));
}

TEST(ThresholdCurve, gives_the_rates_that_were_asked_for) {
  const ThresholdCurve curve = threshold_curve(kSamples);
  EXPECT_DOUBLE_EQ(sensitivity_at_specificity(curve, 0.6), 1.0);
  EXPECT_DOUBLE_EQ(sensitivity_at_specificity(curve, 0.9), 1.0 / 3.0);
  EXPECT_THAT(error_of([] {
                roc_curve(threshold_curve({{0.5F, true}}));
              }),
              HasSubstr("1 positive and 0 negative"));
  EXPECT_THAT(error_of([] { precision_recall_curve(threshold_curve({})); }),
              HasSubstr("no positive one"));
}

TEST(Resampler, draws_as_many_as_there_are) {
  const std::vector<std::int64_t> strata{7, 7, -1, 7, -1};
  std::vector<std::uint32_t> weights(5);
  const Resampler stratified = Resampler::stratified(strata, 1);
  std::vector<std::uint32_t> total(5);
  for (std::uint64_t b = 0; b < 4000; ++b) {
    stratified.draw(b, weights);
    EXPECT_EQ(weights[0] + weights[1] + weights[3], 3U);
    EXPECT_EQ(weights[2] + weights[4], 2U);
    for (std::size_t i = 0; i < 5; ++i) total[i] += weights[i];
  }
  // Each is drawn once on average; five standard deviations.
  for (const std::uint32_t count : total) EXPECT_NEAR(count, 4000, 5 * std::sqrt(4000 * 2.0 / 3));

  const Resampler clustered = Resampler::clustered(strata, 1);
  bool moved = false;
  for (std::uint64_t b = 0; b < 20; ++b) {
    clustered.draw(b, weights);
    EXPECT_EQ(weights[0] + weights[2], 2U);  // two clusters are drawn
    EXPECT_TRUE(weights[0] == weights[1] && weights[1] == weights[3] && weights[2] == weights[4]);
    moved = moved || weights[0] != 1;
  }
  EXPECT_TRUE(moved);
  EXPECT_THAT(error_of([&] { clustered.draw(0, std::span(weights).first(4)); }),
              HasSubstr("4 weights for 5 samples"));
}

TEST(Resampler, depends_on_the_seed_and_the_number_alone) {
  std::vector<std::uint32_t> a(50), b(50), c(50);
  Resampler::plain(50, 9).draw(17, a);
  Resampler::plain(50, 9).draw(17, b);
  EXPECT_EQ(a, b);
  Resampler::plain(50, 9).draw(18, c);
  EXPECT_NE(a, c);
  Resampler::plain(50, 10).draw(17, c);
  EXPECT_NE(a, c);
  EXPECT_EQ(std::accumulate(a.begin(), a.end(), 0U), 50U);
}

TEST(Bootstrap, leaves_out_resamples_without_a_value) {
  const auto undefined_now_and_then = [](std::span<const std::uint32_t> w, std::span<double> out) {
    out[0] = w[0] == 0 ? std::nan("") : 1.0;
    out[1] = std::nan("");
  };
  const auto estimates = bootstrap(Resampler::plain(3, 0), 100, 2, undefined_now_and_then);
  EXPECT_EQ(estimates[0].low, 1.0);
  EXPECT_EQ(estimates[0].high, 1.0);
  EXPECT_TRUE(std::isnan(estimates[1].low));
}

TEST(DecisionResults, of_one_class_only_have_no_curve) {
  const std::vector<ScoredSample> negatives{{0.1F, false}, {0.7F, false}};
  const DecisionResults results =
      decision_results("ill", negatives, {.operating_point = OperatingPoint{}});
  EXPECT_EQ(results.specificity.value, 0.5);
  EXPECT_TRUE(std::isnan(results.auroc.value) && std::isnan(results.auroc.low));
  EXPECT_TRUE(results.roc.empty());
  MetricValues metrics;
  add_decision_metrics(metrics, results);
  EXPECT_EQ(metrics.find("threshold"), 0.5);
  EXPECT_EQ(metrics.find("sensitivity"), std::nullopt);
  std::set<std::string> given{"threshold"}, told{"threshold"};
  for (const auto& [name, value] : metrics.values) given.insert(name);
  for (const auto& [name, reason] : metrics.undefined) given.insert(name);
  for (const MetricInfo& info : decision_metric_infos()) told.insert(info.name);
  EXPECT_EQ(given, told);
  const DecisionResults none = decision_results("ill", {}, {.operating_point = OperatingPoint{}});
  EXPECT_EQ(none.counts.total(), 0);
  EXPECT_TRUE(std::isnan(none.auroc.value) && std::isnan(none.accuracy.value));
}

TEST(DecisionResults, a_rate_of_one_is_as_sure_as_there_are_clusters) {
  std::vector<ScoredSample> samples;
  std::vector<std::int64_t> clusters;
  for (int i = 0; i < 40; ++i) {  // 20 positive samples of 4 clusters, all found
    samples.push_back({i % 2 == 0 ? 0.9F : 0.2F, i % 2 == 0});
    clusters.push_back(i / 10);
  }
  const DecisionResults results =
      decision_results("ill", samples, {.operating_point = OperatingPoint{}, .clusters = clusters});
  EXPECT_EQ(results.sensitivity.value, 1.0);
  EXPECT_DOUBLE_EQ(results.sensitivity.low, wilson_interval(4, 4).low);
  EXPECT_DOUBLE_EQ(results.npv.low, wilson_interval(4, 4).low);
}

TEST(DecisionResults, of_the_most_probable_class) {
  ClassificationMetrics metrics({"a", "b", "c"});
  const Rng rng(1, "decisions");
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto p = static_cast<float>(rng.uniform(i)), q = (1 - p) * 0.4F;
    metrics.add(std::vector{p, q, 1 - p - q}, static_cast<std::int64_t>(rng.below(i + 100, 3)));
  }
  const ScoredColumn column = metrics.column(2);
  const std::vector<std::uint8_t> called = metrics.called(2);
  const DecisionResults results =
      decision_results("c", column.samples, {.operating_point = {}, .called = called});
  const ConfusionMatrix& confusion = metrics.confusion();
  EXPECT_EQ(results.counts.true_positives, confusion.count(2, 2));
  EXPECT_EQ(results.counts.positives(), confusion.support()[2]);
  EXPECT_EQ(results.counts.false_positives, confusion.predicted()[2] - confusion.count(2, 2));
  EXPECT_LE(results.auroc.low, results.auroc.value);
  EXPECT_LE(results.auroc.value, results.auroc.high);
  EXPECT_THAT(error_of([&] { decision_results("c", column.samples, {}); }),
              HasSubstr("decisions by"));
}

TEST(DecisionResults, thin_curves_stay_within_a_pixel) {
  std::vector<ScoredSample> samples;
  const Rng rng(2, "curve");
  for (std::uint64_t i = 0; i < 20000; ++i) {
    samples.push_back({static_cast<float>(rng.normal(i) + (i % 3 == 0 ? 1 : 0)), i % 3 == 0});
  }
  const auto roc = roc_curve(threshold_curve(samples));
  const auto thin = thinned(roc);
  EXPECT_LT(thin.size(), 900U);
  EXPECT_EQ(thin.back().true_positive_rate, 1.0);
  std::size_t at = 0;
  for (const RocPoint& point : roc) {
    while (at + 1 < thin.size() && thin[at + 1].threshold >= point.threshold) ++at;
    EXPECT_NEAR(thin[at].true_positive_rate, point.true_positive_rate, 1.0 / 399);
    EXPECT_NEAR(thin[at].false_positive_rate, point.false_positive_rate, 1.0 / 399);
  }
}

TEST(ScoredColumn, of_class_0_of_two) {
  ClassificationMetrics metrics({"ill", "well"});
  metrics.add(std::vector{0.75F, 0.25F}, 0);
  metrics.add(std::vector{0.5F, 0.5F}, 1);
  const ScoredColumn column = metrics.column(0);
  EXPECT_EQ(column.samples[0].score, 0.75F);
  EXPECT_TRUE(column.samples[0].positive);
  EXPECT_FALSE(column.samples[1].positive);
  EXPECT_THAT(column.rows, ElementsAre(0, 1));
  EXPECT_THAT(metrics.called(0), ElementsAre(1, 1));
  ClassificationMetrics full({"a", "b"}, {.max_ranking_scores = 0});
  full.add(std::vector{0.5F, 0.5F}, 1);
  EXPECT_THAT(error_of([&] { full.column(1); }), HasSubstr("more than 0 scores"));
}

TEST(MultilabelMetrics, a_missing_label_counts_in_nothing) {
  MultilabelMetrics metrics({"a", "b"});
  const auto add = [&](float a, float b, int la, int lb) {
    metrics.add(std::vector{a, b}, std::vector{std::uint8_t(la), std::uint8_t(lb)});
  };
  add(0.9F, 0.9F, 1, 255);    // right where it is known
  add(0.9F, 0.9F, 255, 255);  // no sample
  add(0.1F, 0.9F, 0, 0);
  EXPECT_EQ(metrics.num_samples(), 2);
  EXPECT_DOUBLE_EQ(*metrics.values().find("accuracy"), 0.5);
  EXPECT_DOUBLE_EQ(*metrics.values().find("hamming_loss"), 1.0 / 3.0);
  const ScoredColumn column = metrics.column(1);
  EXPECT_THAT(column.rows, ElementsAre(2));
  EXPECT_THAT(values_of(column, std::vector<std::string>{"x", "y", "z"}), ElementsAre("z"));
}

TEST(GroupMetrics, one_entry_a_group) {
  std::vector<ScoredSample> samples = kSamples;
  std::vector<std::string> groups{"north", "north", "south", "north", "north", "south"};
  samples.push_back({0.7F, false});
  groups.emplace_back("");
  const DecisionOptions options{.operating_point = OperatingPoint{.threshold = 0.35}};
  const auto metrics = group_metrics(samples, groups, options);
  ASSERT_EQ(metrics.size(), 3U);
  EXPECT_EQ(metrics[0].group, "");
  EXPECT_TRUE(std::isnan(metrics[0].auroc.value));
  EXPECT_EQ(metrics[0].specificity.value, 0.0);
  EXPECT_EQ(metrics[1].group, "north");
  EXPECT_EQ(metrics[1].counts, (BinaryCounts{2, 1, 1, 0}));
  EXPECT_DOUBLE_EQ(metrics[1].auroc.value, 0.75);
  EXPECT_DOUBLE_EQ(metrics[2].auroc.value, 1.0);
  EXPECT_THAT(error_of([&] { group_metrics(samples, {}, options); }), HasSubstr("0 groups"));
}

TEST(GroupMetrics, intervals_and_decisions_are_those_of_the_whole) {
  std::vector<ScoredSample> samples;
  std::vector<std::string> groups;
  std::vector<std::int64_t> patients;
  std::vector<std::uint8_t> called;
  const Rng rng(5, "groups");
  for (std::uint64_t i = 0; i < 200; ++i) {  // ten pictures of each patient, all alike
    const bool ill = rng.uniform(1000 + i / 10) < 0.5;
    samples.push_back({static_cast<float>(rng.uniform(2000 + i / 10) + (ill ? 0.3 : 0)), ill});
    groups.emplace_back(i % 2 == 0 ? "a" : "b");
    patients.push_back(static_cast<std::int64_t>(i / 10));
    called.push_back(i % 3 == 0);
  }
  const DecisionOptions alone{.operating_point = OperatingPoint{}};
  DecisionOptions together = alone;
  together.clusters = patients;
  const auto width = [](const Estimate& estimate) { return estimate.high - estimate.low; };
  const GroupMetrics narrow = group_metrics(samples, groups, alone).front();
  const GroupMetrics wide = group_metrics(samples, groups, together).front();
  EXPECT_GT(width(wide.auroc), 1.3 * width(narrow.auroc));
  EXPECT_GT(width(wide.accuracy), 1.3 * width(narrow.accuracy));
  EXPECT_EQ(wide.counts, narrow.counts);
  const auto by_call = group_metrics(samples, groups, {.operating_point = {}, .called = called});
  EXPECT_EQ(by_call.front().counts.true_positives + by_call.front().counts.false_positives, 34);
}

TEST(MacroAuroc, is_the_mean_over_known_labels) {
  MultilabelMetrics metrics({"a", "b", "c"});
  const Rng rng(3, "macro");
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::vector<float> p;
    std::vector<std::uint8_t> labels;
    for (std::uint64_t c = 0; c < 3; ++c) {
      const bool positive = rng.uniform(i * 9 + c) < 0.4;
      p.push_back(static_cast<float>(rng.uniform(i * 9 + c + 3) * 0.7 + (positive ? 0.3 : 0.0)));
      labels.push_back(rng.uniform(i * 9 + c + 6) < 0.3 ? kMissingLabel : std::uint8_t(positive));
    }
    metrics.add(p, labels);
  }
  const std::vector<ScoredColumn> columns{metrics.column(0), metrics.column(1), metrics.column(2)};
  const Estimate mean = macro_auroc(columns, Resampler::plain(200, 1), 500);
  EXPECT_NEAR(mean.value, *metrics.values().find("auroc"), 1e-12);
  // The mean of three is surer than each.
  const std::vector<ScoredColumn> first{columns[0]};
  const Estimate one = macro_auroc(first, Resampler::plain(200, 1), 500);
  EXPECT_LT(mean.high - mean.low, 0.8 * (one.high - one.low));
  EXPECT_TRUE(mean.low < mean.value && mean.value < mean.high);
  EXPECT_THAT(error_of([&] { macro_auroc(columns, Resampler::plain(199, 1)); }),
              HasSubstr("not of the 199 rows"));
}

TEST(DecisionJson, holds_null_for_what_is_undefined) {
  const std::vector<ScoredSample> negatives{{0.1F, false}, {0.7F, false}};
  const Json json =
      to_json(decision_results("ill", negatives, {.operating_point = OperatingPoint{}}));
  EXPECT_EQ(json["false_positives"], 1);
  EXPECT_TRUE(json["auroc"]["value"].is_null());
  EXPECT_EQ(json["specificity"]["value"], 0.5);
  EXPECT_EQ(json["operating_point"]["threshold"], 0.5);
  const auto groups = group_metrics(kSamples, std::vector<std::string>(6, "here"),
                                    {.operating_point = OperatingPoint{}});
  const Json group = to_json(groups.front());
  EXPECT_EQ(group["samples"], 6);
  EXPECT_EQ(group["sensitivity"]["value"].get<double>(), 2.0 / 3.0);
}

TEST(Temperature, of_a_perfect_model_has_no_best_value) {
  LabelledLogits right(LabelledLogits::Activation::softmax, 2), wrong = right;
  for (const std::int64_t label : {0, 1}) {
    right.add(std::vector{label == 0 ? 2.0F : -2.0F, 0.0F}, label);
    wrong.add(std::vector{label == 0 ? -2.0F : 2.0F, 0.0F}, label);
  }
  EXPECT_TRUE(fit_temperature(right).at_bound);
  EXPECT_EQ(fit_temperature(right).temperature, 0.05);
  EXPECT_TRUE(fit_temperature(wrong).at_bound);
  EXPECT_EQ(fit_temperature(wrong).temperature, 20.0);
}

TEST(Temperature, bears_extreme_logits) {
  LabelledLogits data(LabelledLogits::Activation::sigmoid, 1);
  for (const float logit : {3e4F, -3e4F, 3e4F, 5.0F}) {
    data.add(std::vector{logit}, std::vector<std::uint8_t>{logit > 0});
  }
  data.add(std::vector{1e4F}, std::vector<std::uint8_t>{0});
  const TemperatureFit fit = fit_temperature(data);
  EXPECT_TRUE(std::isfinite(fit.before.nll) && std::isfinite(fit.after.nll));
  EXPECT_TRUE(fit.at_bound);
}

TEST(Temperature, refuses_what_cannot_be_calibrated) {
  LabelledLogits data(LabelledLogits::Activation::softmax, 2);
  EXPECT_THAT(error_of([&] { fit_temperature(data); }), HasSubstr("needs labelled samples"));
  EXPECT_THAT(error_of([&] {
                data.add(std::vector{std::nanf(""), 0.0F}, 0);
              }),
              HasSubstr("sample 0: a logit is nan"));
  EXPECT_THAT(error_of([&] {
                data.add(std::vector{0.0F, 0.0F}, 2);
              }),
              HasSubstr("expected 0 to 1"));
}

}  // namespace
}  // namespace attune
