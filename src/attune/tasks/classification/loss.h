#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/feed/targets.h"
#include "attune/models/head_options.h"

namespace attune {

struct LossSettings {
  std::vector<double> class_weights = {};  ///< one a label or empty
  double label_smoothing = 0;              ///< in [0, 1), single label only
  /// Focal loss (Lin et al. 2017, arXiv 1708.02002): each term times (1 - p)^gamma, p the
  /// probability of the truth. 0: plain cross-entropy. Not for regressions.
  double focal_gamma = 0;
};

/// What of the wishes for a loss does not fit the problem or each other. `has_class_weights`: some
/// are given.
std::vector<std::string> find_loss_problems(ProblemType problem, double label_smoothing,
                                            double focal_gamma, bool has_class_weights);

/// The loss of each kind of label, as a sum and the weight that makes it a mean. The means are
/// those of `BertForSequenceClassification`: cross-entropy (with class weights: weighted mean),
/// binary cross-entropy over all known labels, squared error.
class ClassificationLoss {
 public:
  /// Throws `user` with all that `find_loss_problems` names.
  ClassificationLoss(ProblemType problem, const LossSettings& settings);

  /// Sum of the losses; `logits` float [N, num_labels].
  at::Tensor sum(const at::Tensor& logits, const Targets& targets) const;
  /// What `sum` is divided by for the mean.
  double weight(const Targets& targets) const;
  /// Softmax, sigmoid or the values themselves, float [N, num_labels].
  at::Tensor probabilities(const at::Tensor& logits) const;

 private:
  at::Tensor focal_factor(const at::Tensor& missing) const;
  at::Tensor cross_entropy(const at::Tensor& scores, const Targets& targets) const;
  at::Tensor binary_cross_entropy(const at::Tensor& scores, const Targets& targets) const;

  ProblemType problem_;
  at::Tensor weights_;  // float [num_labels], undefined without class weights
  double label_smoothing_, focal_gamma_;
};

/// The classes a set of examples has, for `--class-weights`.
struct ClassCounts {
  LabelKind kind = LabelKind::single_label;
  std::vector<std::string> names;
  std::vector<std::int64_t> counts;  ///< by class id; empty for a regression
};

/// Throws `user` where `parse_class_weights` would for the text, and for a label that is none of
/// `labels` (empty: not known yet): to be told before data and model are read.
void check_class_weights(const std::string& text, const std::vector<std::string>& labels = {});

/// `--class-weights`: "" (none), "balanced", or "LABEL=WEIGHT,..." for labels of the data; labels
/// that are not named weigh 1. Throws `user` where it is neither.
std::vector<double> parse_class_weights(const std::string& text, const ClassCounts& train);

}  // namespace attune
