#include "attune/eval/metrics/decisions/decision_results.h"

#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "attune/base/error.h"
#include "attune/eval/metrics/intervals/bootstrap.h"
#include "attune/eval/metrics/labels/ranked_samples.h"

namespace attune {
namespace {

constexpr std::size_t kRates = 5;

std::vector<std::uint8_t> decisions(std::span<const ScoredSample> samples,
                                    const DecisionOptions& options) {
  // The most probable of several classes is called, which no threshold on one of them tells.
  if (!options.operating_point) return {options.called.begin(), options.called.end()};
  std::vector<std::uint8_t> called;
  for (const ScoredSample& sample : samples) {
    called.push_back(static_cast<double>(sample.score) >= options.operating_point->threshold);
  }
  return called;
}

BinaryCounts count(std::span<const ScoredSample> samples, std::span<const std::uint8_t> called,
                   std::span<const std::uint32_t> weights) {
  BinaryCounts counts;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const bool right = samples[i].positive == (called[i] != 0);
    auto& counter = called[i] != 0 ? (right ? counts.true_positives : counts.false_positives)
                                   : (right ? counts.true_negatives : counts.false_negatives);
    counter += weights[i];
  }
  return counts;
}

std::array<double, kRates> rates(const BinaryCounts& counts) {
  return {counts.accuracy(), counts.sensitivity(), counts.specificity(), counts.ppv(),
          counts.npv()};
}

Resampler make_resampler(std::span<const ScoredSample> samples, const DecisionOptions& options) {
  if (!options.clusters.empty()) return Resampler::clustered(options.clusters, options.seed);
  // By class, so that no resample loses one and leaves AUROC undefined.
  std::vector<std::int64_t> classes;
  for (const ScoredSample& sample : samples) classes.push_back(sample.positive);
  return Resampler::stratified(classes, options.seed);
}

/// No resample moves a rate of 0 or 1, however few its clusters: it gets Wilson's interval of as
/// many trials as there are clusters with a sample that `counts`.
template <typename Predicate>
Estimate widened(const Estimate& estimate, std::span<const std::int64_t> clusters,
                 const Predicate& counts) {
  if (estimate.value != 0 && estimate.value != 1) return estimate;
  // Samples of one patient are nearly one trial, so that is what counts as one.
  std::set<std::int64_t> distinct;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (counts(i)) distinct.insert(clusters[i]);
  }
  const auto trials = static_cast<std::int64_t>(distinct.size());
  return wilson_interval(estimate.value == 1 ? trials : 0, trials);
}

void add_intervals(DecisionResults& results, std::span<const ScoredSample> samples,
                   std::span<const std::uint8_t> called, const DecisionOptions& options) {
  const BinaryCounts& c = results.counts;
  // Rates are proportions of independent samples, and Wilson's interval needs no resampling.
  // Samples of one cluster are not independent: with clusters the bootstrap replaces these below.
  results.accuracy = wilson_interval(c.true_positives + c.true_negatives, c.total());
  results.sensitivity = wilson_interval(c.true_positives, c.positives());
  results.specificity = wilson_interval(c.true_negatives, c.negatives());
  results.ppv = wilson_interval(c.true_positives, c.true_positives + c.false_positives);
  results.npv = wilson_interval(c.true_negatives, c.true_negatives + c.false_negatives);

  // AUROC and average precision are no proportions: their spread comes from resampling.
  const RankedSamples ranked(samples);
  if (options.resamples == 0) {
    const RankingScores scores = ranked.scores(std::vector<std::uint32_t>(samples.size(), 1U));
    results.auroc.value = scores.auroc;
    results.average_precision.value = scores.average_precision;
    return;
  }
  const bool clustered = !options.clusters.empty();
  const auto statistics = [&](std::span<const std::uint32_t> weights, std::span<double> out) {
    const RankingScores scores = ranked.scores(weights);
    out[0] = scores.auroc;
    out[1] = scores.average_precision;
    if (!clustered) return;
    std::ranges::copy(rates(count(samples, called, weights)), out.begin() + 2);
  };
  const std::vector<Estimate> estimates = bootstrap(
      make_resampler(samples, options), options.resamples, clustered ? 2 + kRates : 2, statistics);
  results.auroc = estimates[0];
  results.average_precision = estimates[1];
  if (!clustered) return;
  const auto clusters = options.clusters;
  results.accuracy = widened(estimates[2], clusters, [](std::size_t) { return true; });
  results.sensitivity =
      widened(estimates[3], clusters, [&](std::size_t i) { return samples[i].positive; });
  results.specificity =
      widened(estimates[4], clusters, [&](std::size_t i) { return !samples[i].positive; });
  results.ppv = widened(estimates[5], clusters, [&](std::size_t i) { return called[i] != 0; });
  results.npv = widened(estimates[6], clusters, [&](std::size_t i) { return called[i] == 0; });
}

// `x` and `y` are the members that are drawn, both from 0 to 1.
template <typename Point>
std::vector<Point> thin(const std::vector<Point>& curve, double Point::*x, double Point::*y) {
  constexpr double kStep = 1.0 / 400.0;  // a drawing is some 400 pixels wide
  std::vector<Point> kept;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    // The ends stay: a curve that stops short of its corner looks wrong.
    const bool end = i == 0 || i + 1 == curve.size();
    if (end || std::abs(curve[i].*x - kept.back().*x) >= kStep ||
        std::abs(curve[i].*y - kept.back().*y) >= kStep) {
      kept.push_back(curve[i]);
    }
  }
  return kept;
}

}  // namespace

DecisionResults decision_results(std::string class_name, std::span<const ScoredSample> samples,
                                 const DecisionOptions& options) {
  check(samples.empty() || options.operating_point.has_value() == options.called.empty(),
        ErrorKind::internal, "decisions by an operating point and by the caller");
  const std::vector<std::uint8_t> called = decisions(samples, options);
  check(called.size() == samples.size() &&
            (options.clusters.empty() || options.clusters.size() == samples.size()),
        ErrorKind::internal, "{} decisions and {} clusters for {} samples", called.size(),
        options.clusters.size(), samples.size());

  DecisionResults results;
  results.class_name = std::move(class_name);
  results.operating_point = options.operating_point;
  results.chosen_specificity = options.chosen_specificity;
  results.resamples = options.resamples;
  results.clustered = !options.clusters.empty();
  if (samples.empty()) return results;
  results.counts = count(samples, called, std::vector<std::uint32_t>(samples.size(), 1U));
  add_intervals(results, samples, called, options);
  const ThresholdCurve curve = threshold_curve({samples.begin(), samples.end()});
  // Of one class alone there is neither a curve nor a trade-off.
  if (curve.positives == 0 || curve.negatives == 0) return results;
  results.sensitivity_at_specificity =
      sensitivity_at_specificity(curve, options.chosen_specificity);
  results.roc = thinned(roc_curve(curve));
  results.precision_recall = thinned(precision_recall_curve(curve));
  return results;
}

void add_decision_metrics(MetricValues& metrics, const DecisionResults& results) {
  const BinaryCounts& counts = results.counts;
  constexpr const char* kReason = "its denominator is 0 on this data";
  metrics.add("sensitivity", counts.sensitivity(), kReason);
  metrics.add("specificity", counts.specificity(), kReason);
  metrics.add("ppv", counts.ppv(), kReason);
  metrics.add("npv", counts.npv(), kReason);
  metrics.add("balanced_accuracy", counts.balanced_accuracy(), kReason);
  metrics.add("youden", counts.youden(), kReason);
  metrics.add("sensitivity_at_specificity", results.sensitivity_at_specificity, kReason);
  metrics.add("auroc_low", results.auroc.low, kReason);
  metrics.add("auroc_high", results.auroc.high, kReason);
  if (results.operating_point) metrics.add("threshold", results.operating_point->threshold);
}

std::vector<MetricInfo> decision_metric_infos() {
  std::vector<MetricInfo> infos;
  for (const char* name : {"sensitivity", "specificity", "ppv", "npv", "balanced_accuracy",
                           "youden", "sensitivity_at_specificity", "auroc_low", "auroc_high"}) {
    infos.push_back({name, kRises});
  }
  return infos;
}

std::vector<RocPoint> thinned(const std::vector<RocPoint>& curve) {
  return thin(curve, &RocPoint::false_positive_rate, &RocPoint::true_positive_rate);
}

std::vector<PrecisionRecallPoint> thinned(const std::vector<PrecisionRecallPoint>& curve) {
  return thin(curve, &PrecisionRecallPoint::recall, &PrecisionRecallPoint::precision);
}

}  // namespace attune
