#include "attune/eval/metrics/labels/classification_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "attune/base/error.h"

namespace attune {
namespace {

// scikit-learn clips by the epsilon of the type in which probabilities come.
constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

std::vector<std::string> at_least_two(std::vector<std::string> names) {
  check(names.size() >= 2, ErrorKind::user, "classification metrics need at least 2 labels, got {}",
        names.size());
  return names;
}

}  // namespace

ClassificationMetrics::ClassificationMetrics(std::vector<std::string> label_names,
                                             const Options& options)
    : label_names_(at_least_two(std::move(label_names))),
      confusion_(static_cast<std::int64_t>(label_names_.size())),
      // Of two classes one score is enough.
      scores_(binary() ? 1 : static_cast<std::int64_t>(label_names_.size()),
              options.max_ranking_scores) {}

void ClassificationMetrics::add(std::span<const float> probabilities, std::int64_t label) {
  const auto best = std::ranges::max_element(probabilities);
  add(probabilities, label, best - probabilities.begin());
}

void ClassificationMetrics::add(std::span<const float> probabilities, std::int64_t label,
                                std::int64_t prediction) {
  check(probabilities.size() == label_names_.size(), ErrorKind::internal,
        "{} probabilities, expected {} (one a class)", probabilities.size(), label_names_.size());
  check(label >= 0 && label < confusion_.num_classes(), ErrorKind::internal,
        "label {} of sample {}, expected 0 to {}", label, num_samples(), label_names_.size() - 1);
  check(prediction >= 0 && prediction < confusion_.num_classes(), ErrorKind::internal,
        "prediction {} of sample {}, expected 0 to {}", prediction, num_samples(),
        label_names_.size() - 1);
  double brier = 0.0;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const double p = probabilities[i];
    check(p >= -kEpsilon && p <= 1.0 + 1e-4, ErrorKind::data,
          "sample {}: the probability of class {} is {}, expected a number in [0, 1]; has the "
          "model diverged?",
          num_samples(), label_names_[i], p);
    const double target = static_cast<std::int64_t>(i) == label ? 1.0 : 0.0;
    // Brier 1950: the squared distance to the truth as a vector of 0 and one 1.
    brier += (target - p) * (target - p);
  }
  const auto best = std::ranges::max_element(probabilities);
  const double p_label = probabilities[static_cast<std::size_t>(label)];
  log_loss_sum_ -= std::log(std::clamp(p_label, kEpsilon, 1.0 - kEpsilon));
  brier_sum_ += brier;
  confusion_.add(label, prediction);
  // Calibration is of the most probable class even where a threshold decides otherwise: it is about
  // probabilities.
  calibration_.add(*best, best - probabilities.begin() == label);
  scores_.add(binary() ? probabilities.subspan(1) : probabilities);
  if (scores_.overflowed()) return;
  labels_.push_back(static_cast<std::int32_t>(label));
  predictions_.push_back(static_cast<std::int32_t>(prediction));
}

ScoredColumn ClassificationMetrics::column(std::int64_t label) const {
  scores_.require_scores();
  const auto positive = [&](std::int64_t i) { return labels_[std::size_t(i)] == label; };
  ScoredColumn result{scores_.column(binary() ? 0 : label, positive), {}};
  if (binary() && label == 0) {  // the table holds class 1 alone
    for (ScoredSample& sample : result.samples) sample.score = 1.0F - sample.score;
  }
  result.rows.resize(result.samples.size());
  std::iota(result.rows.begin(), result.rows.end(), std::int64_t{0});
  return result;
}

std::vector<std::uint8_t> ClassificationMetrics::called(std::int64_t label) const {
  scores_.require_scores();
  std::vector<std::uint8_t> result;
  for (const std::int32_t prediction : predictions_) result.push_back(prediction == label);
  return result;
}

std::vector<MetricInfo> ClassificationMetrics::infos() const {
  std::vector<MetricInfo> infos = {{"accuracy", kRises, kHeadline}};
  add_score_infos(infos, "", kHeadline);
  for (const char* average : {"_macro", "_micro", "_weighted"}) {
    add_score_infos(infos, average, kDetail);
  }
  infos.push_back({"mcc", kRises, kHeadline});
  infos.push_back({"auroc", kRises, kHeadline});
  if (!binary()) infos.push_back({"auroc_weighted", kRises});
  infos.push_back({"average_precision", kRises});
  for (const char* error : {"log_loss", "ece", "brier"}) infos.push_back({error, kFalls});
  return infos;
}

MetricValues ClassificationMetrics::values() const {
  if (num_samples() == 0) return all_undefined(infos(), "there are no samples");
  MetricValues metrics;
  const auto samples = static_cast<double>(num_samples());
  const double accuracy = static_cast<double>(confusion_.correct()) / samples;
  const std::vector<ClassScores> seen = scores_of_seen_classes(confusion_);
  const ClassScores macro = macro_average(seen);

  metrics.add("accuracy", accuracy);
  add_scores(metrics, binary() ? per_class()[1] : macro, "");
  add_scores(metrics, macro, "_macro");
  // Where each sample has one label and one prediction, an error is one false positive and one
  // false negative: over all classes precision, recall and F1 are the accuracy.
  add_scores(metrics, {accuracy, accuracy, accuracy, num_samples()}, "_micro");
  add_scores(metrics, weighted_average(seen), "_weighted");
  metrics.add("mcc", confusion_.matthews_correlation());
  add_ranking_values(metrics);
  metrics.add("log_loss", log_loss_sum_ / samples);
  metrics.add("ece", calibration_.expected_calibration_error());
  // Of two classes both terms of the sum are equal, and scikit-learn counts one.
  metrics.add("brier", brier_sum_ / samples * (binary() ? 0.5 : 1.0));
  return metrics;
}

void ClassificationMetrics::add_ranking_values(MetricValues& metrics) const {
  if (scores_.overflowed()) {
    constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
    constexpr const char* kReason = "too many samples x classes to keep all scores";
    metrics.add("auroc", kUndefined, kReason);
    if (!binary()) metrics.add("auroc_weighted", kUndefined, kReason);
    metrics.add("average_precision", kUndefined, kReason);
    return;
  }
  double auroc = 0.0, auroc_weighted = 0.0, average_precision = 0.0;
  std::string without, everything;  // names of the classes that make an average undefined
  const std::int64_t first = binary() ? 1 : 0;
  const auto classes = static_cast<double>(confusion_.num_classes() - first);
  for (std::int64_t c = first; c < confusion_.num_classes(); ++c) {
    const RankingScores scores = ranking_scores(
        scores_.column(c - first, [&](std::int64_t i) { return labels_[std::size_t(i)] == c; }));
    const std::int64_t support = confusion_.support()[std::size_t(c)];
    // A class without a score (NaN) leaves the mean undefined: the mean of the others would pass
    // for a result on all.
    auroc += scores.auroc / classes;
    average_precision += scores.average_precision / classes;
    // A class of weight 0 does not count, defined or not (scikit-learn).
    if (support > 0) {
      auroc_weighted += scores.auroc * static_cast<double>(support) / double(num_samples());
    }
    if (support == 0 && without.empty()) without = label_names_[std::size_t(c)];
    if (support == num_samples()) everything = label_names_[std::size_t(c)];
  }
  const std::string reason = without.empty()
                                 ? fmt::format("every sample is of class \"{}\"", everything)
                                 : fmt::format("no sample is of class \"{}\"", without);
  metrics.add("auroc", auroc, reason);
  if (!binary()) metrics.add("auroc_weighted", auroc_weighted, reason);
  metrics.add("average_precision", average_precision, reason);
}

}  // namespace attune
