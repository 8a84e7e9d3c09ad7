#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/decisions/score_table.h"
#include "attune/eval/metrics/decisions/scored_column.h"
#include "attune/eval/metrics/labels/class_scores.h"
#include "attune/eval/metrics/labels/missing_label.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

struct MultilabelMetricsOptions {
  std::int64_t max_ranking_scores = kMaxRankingScores;
};

/// Metrics of multi-label classification, one sample at a time; equal to scikit-learn's on
/// indicator matrices with `zero_division=0`. Labels that are missing (`kMissingLabel`) count in
/// nothing: a label's metrics are those of the samples where it is known, a sample is right where
/// its known labels are, and one without any is no sample.
///
/// Names: `accuracy` = `subset_accuracy` (all labels of a sample right), `f1`, `precision`,
/// `recall` (micro, Hugging Face's default here), the three as `_micro`, `_macro`, `_weighted`,
/// `auroc`, `average_precision` (macro), `hamming_loss`.
class MultilabelMetrics {
 public:
  using Options = MultilabelMetricsOptions;

  /// Requires at least one name.
  explicit MultilabelMetrics(std::vector<std::string> label_names, const Options& options = {});

  /// A label is predicted where its probability is at least one half.
  /// `probabilities`: one a label, in [0, 1]; `labels`: 0, 1 or `kMissingLabel` each. Throws `data`
  /// where a probability is not a number in [0, 1], `internal` for wrong sizes.
  void add(std::span<const float> probabilities, std::span<const std::uint8_t> labels);
  /// The same for predictions (0 or 1 each) that are made otherwise, e.g. by a threshold a label.
  void add(std::span<const float> probabilities, std::span<const std::uint8_t> labels,
           std::span<const std::uint8_t> called);

  /// Everything `values` can give, as defined or undefined.
  std::vector<MetricInfo> infos() const;
  MetricValues values() const;

  /// Those with a known label.
  std::int64_t num_samples() const { return num_samples_; }
  const std::vector<std::string>& label_names() const { return label_names_; }
  std::vector<ClassScores> per_class() const;

  /// False where there were too many scores to keep: then `column` throws `user`.
  bool has_scores() const { return !scores_.overflowed(); }
  /// The samples whose label is known; `rows` count all that were added.
  ScoredColumn column(std::int64_t label) const;
  /// For each sample of the column whether it was predicted to have the label (1, 0).
  std::vector<std::uint8_t> called(std::int64_t label) const;

 private:
  void add_ranking_values(MetricValues& metrics) const;

  std::vector<std::string> label_names_;
  std::int64_t num_added_ = 0, num_samples_ = 0, all_right_ = 0;
  std::vector<std::int64_t> true_positives_, predicted_, support_, known_;  // one a label
  ScoreTable scores_;
  std::vector<std::uint8_t> labels_, called_;  // sample-major, as the scores
};

}  // namespace attune
