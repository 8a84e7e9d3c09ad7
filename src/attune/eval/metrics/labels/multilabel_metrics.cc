#include "attune/eval/metrics/labels/multilabel_metrics.h"

#include <numeric>

#include "attune/base/error.h"

namespace attune {
namespace {

std::int64_t sum(const std::vector<std::int64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

}  // namespace

MultilabelMetrics::MultilabelMetrics(std::vector<std::string> label_names, const Options& options)
    : label_names_(std::move(label_names)),
      true_positives_(label_names_.size()),
      predicted_(label_names_.size()),
      support_(label_names_.size()),
      known_(label_names_.size()),
      scores_(static_cast<std::int64_t>(label_names_.size()), options.max_ranking_scores) {
  check(!label_names_.empty(), ErrorKind::user, "multi-label metrics need at least 1 label, got 0");
}

void MultilabelMetrics::add(std::span<const float> probabilities,
                            std::span<const std::uint8_t> labels) {
  std::vector<std::uint8_t> predicted;
  for (const float probability : probabilities) predicted.push_back(probability >= 0.5F);
  add(probabilities, labels, predicted);
}

void MultilabelMetrics::add(std::span<const float> probabilities,
                            std::span<const std::uint8_t> labels,
                            std::span<const std::uint8_t> called) {
  check(probabilities.size() == label_names_.size() && labels.size() == label_names_.size() &&
            called.size() == label_names_.size(),
        ErrorKind::internal, "{} probabilities, {} labels and {} predictions, expected {} of each",
        probabilities.size(), labels.size(), called.size(), label_names_.size());
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    check(probabilities[i] >= 0.0f && probabilities[i] <= 1.0f, ErrorKind::data,
          "sample {}: the probability of label {} is {}, expected a number in [0, 1]; has the "
          "model diverged?",
          num_added_, label_names_[i], probabilities[i]);
  }
  bool all_right = true, any_known = false;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    // What is not known can be neither right nor wrong.
    if (labels[i] == kMissingLabel) continue;
    any_known = true;
    ++known_[i];
    const bool predicted = called[i] != 0;
    const bool positive = labels[i] != 0;
    predicted_[i] += predicted;
    support_[i] += positive;
    true_positives_[i] += predicted && positive;
    all_right = all_right && predicted == positive;
  }
  ++num_added_;
  // A sample without any known label is no sample, but its row is kept: clusters and subgroups
  // count rows.
  num_samples_ += any_known;
  all_right_ += any_known && all_right;
  scores_.add(probabilities);
  if (scores_.overflowed()) return;
  labels_.insert(labels_.end(), labels.begin(), labels.end());
  called_.insert(called_.end(), called.begin(), called.end());
}

ScoredColumn MultilabelMetrics::column(std::int64_t label) const {
  scores_.require_scores();
  const auto labels = static_cast<std::int64_t>(label_names_.size());
  const auto truth = [&](std::int64_t i) { return labels_[std::size_t(i * labels + label)]; };
  const std::vector<ScoredSample> all =
      scores_.column(label, [&](std::int64_t i) { return truth(i) != 0; });
  ScoredColumn result;
  for (std::int64_t i = 0; i < num_added_; ++i) {
    if (truth(i) == kMissingLabel) continue;
    result.samples.push_back(all[std::size_t(i)]);
    result.rows.push_back(i);
  }
  return result;
}

std::vector<std::uint8_t> MultilabelMetrics::called(std::int64_t label) const {
  const auto labels = static_cast<std::int64_t>(label_names_.size());
  std::vector<std::uint8_t> result;
  for (const std::int64_t i : column(label).rows) {
    result.push_back(called_[std::size_t(i * labels + label)]);
  }
  return result;
}

std::vector<ClassScores> MultilabelMetrics::per_class() const {
  std::vector<ClassScores> scores;
  for (std::size_t i = 0; i < label_names_.size(); ++i) {
    scores.push_back(class_scores(true_positives_[i], predicted_[i], support_[i]));
  }
  return scores;
}

std::vector<MetricInfo> MultilabelMetrics::infos() const {
  std::vector<MetricInfo> infos = {{"accuracy", kRises, kHeadline}, {"subset_accuracy", kRises}};
  add_score_infos(infos, "", kHeadline);
  for (const char* average : {"_micro", "_macro", "_weighted"}) {
    add_score_infos(infos, average, kDetail);
  }
  infos.push_back({"auroc", kRises, kHeadline});
  infos.push_back({"average_precision", kRises});
  infos.push_back({"hamming_loss", kFalls});
  return infos;
}

MetricValues MultilabelMetrics::values() const {
  if (num_samples_ == 0) return all_undefined(infos(), "there are no samples");
  MetricValues metrics;
  const std::vector<ClassScores> scores = per_class();
  // All labels' decisions in one count: frequent labels weigh most. Macro weighs labels alike.
  const ClassScores micro = class_scores(sum(true_positives_), sum(predicted_), sum(support_));
  const double subset_accuracy = static_cast<double>(all_right_) / double(num_samples_);
  metrics.add("accuracy", subset_accuracy);
  metrics.add("subset_accuracy", subset_accuracy);
  add_scores(metrics, micro, "");
  add_scores(metrics, micro, "_micro");
  add_scores(metrics, macro_average(scores), "_macro");
  add_scores(metrics, weighted_average(scores), "_weighted");
  add_ranking_values(metrics);
  // False positives and false negatives, over all known labels.
  const std::int64_t wrong = sum(predicted_) + sum(support_) - 2 * sum(true_positives_);
  const double labels_per_sample = static_cast<double>(sum(known_)) / double(num_samples_);
  metrics.add("hamming_loss",
              static_cast<double>(wrong) / double(num_samples_) / labels_per_sample);
  return metrics;
}

void MultilabelMetrics::add_ranking_values(MetricValues& metrics) const {
  if (scores_.overflowed()) {
    for (const char* name : {"auroc", "average_precision"}) {
      metrics.undefined.emplace_back(name, "too many samples x labels to keep all scores");
    }
    return;
  }
  double auroc = 0.0, average_precision = 0.0;
  std::string reason;
  const auto columns = static_cast<std::int64_t>(label_names_.size());
  for (std::int64_t c = 0; c < columns; ++c) {
    const RankingScores scores = ranking_scores(column(c).samples);
    // NaN for one label leaves the mean undefined, as it should: the reason names that label.
    auroc += scores.auroc / static_cast<double>(columns);
    average_precision += scores.average_precision / static_cast<double>(columns);
    const std::int64_t support = support_[std::size_t(c)];
    if (support == 0 || support == known_[std::size_t(c)]) {
      reason = fmt::format("{} sample has label \"{}\"", support == 0 ? "no" : "every",
                           label_names_[std::size_t(c)]);
    }
  }
  metrics.add("auroc", auroc, reason);
  metrics.add("average_precision", average_precision, reason);
}

}  // namespace attune
