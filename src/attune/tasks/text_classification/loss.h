#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ATen/ATen.h>

#include "attune/data/text_dataset.h"
#include "attune/models/head_options.h"

namespace attune {

/// The loss of each kind of label, as a sum and the weight that makes it a mean. The means are
/// those of `BertForSequenceClassification`: cross-entropy (with class weights: weighted mean),
/// binary cross-entropy over all labels, squared error.
class ClassificationLoss {
 public:
  /// `class_weights`: one a label or empty. `label_smoothing` in [0, 1), single-label only.
  ClassificationLoss(ProblemType problem, std::int64_t num_labels,
                     const std::vector<double>& class_weights, double label_smoothing);

  /// int64 [N] (single label), float [N, num_labels] of 0 and 1 (multi-label), float [N].
  at::Tensor targets(const TextDataset& dataset, std::span<const std::int64_t> examples) const;
  /// Sum of the losses; `logits` float [N, num_labels].
  at::Tensor sum(const at::Tensor& logits, const at::Tensor& targets) const;
  /// What `sum` is divided by for the mean.
  double weight(const at::Tensor& targets) const;
  /// Softmax, sigmoid or the values themselves, float [N, num_labels].
  at::Tensor probabilities(const at::Tensor& logits) const;

 private:
  ProblemType problem_;
  std::int64_t num_labels_;
  at::Tensor weights_;  // float [num_labels], undefined without class weights
  double label_smoothing_;
};

/// `--class-weights`: "" (none), "balanced", or "LABEL=WEIGHT,..." for labels of the dataset;
/// labels that are not named weigh 1. Throws `user` where it is neither.
std::vector<double> parse_class_weights(const std::string& text, const TextDataset& train);

}  // namespace attune
