#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/calibration/calibration.h"
#include "attune/eval/metrics/labels/missing_label.h"

namespace attune {

/// The raw outputs of a classifier on a data set and the truth, to calibrate it. Holds 4 bytes a
/// logit.
class LabelledLogits {
 public:
  /// `softmax`: one label of several a sample. `sigmoid`: every label for itself.
  enum class Activation { softmax, sigmoid };
  LabelledLogits(Activation activation, std::int64_t classes);

  /// Softmax. Throws `data` for logits that are not finite, `internal` for wrong sizes.
  void add(std::span<const float> logits, std::int64_t label);
  /// Sigmoid; 0, 1 or `kMissingLabel` each.
  void add(std::span<const float> logits, std::span<const std::uint8_t> labels);

  Activation activation() const { return activation_; }
  std::int64_t num_samples() const;
  /// Decisions: samples (softmax) or known labels (sigmoid).
  std::int64_t num_decisions() const;

  /// Mean over decisions of the negative log-likelihood of softmax or sigmoid(`scale` x logits),
  /// and its first two derivatives by `scale`. Requires a decision.
  struct Likelihood {
    double nll, slope, curvature;
  };
  Likelihood likelihood(double scale) const;

  /// The same probabilities against what was true: confidence is that of the decision taken, i.e.
  /// of the largest class, or max(p, 1 - p) of each known label.
  Calibration calibration(double scale, int num_bins = 15) const;

 private:
  void append(std::span<const float> logits);
  std::span<const float> row(std::size_t sample) const;
  template <typename Function>
  void for_each_decision(double scale, const Function& function) const;

  Activation activation_;
  std::size_t classes_;
  std::vector<float> logits_;        // sample-major
  std::vector<std::int32_t> truth_;  // a class each sample, or -1, 0, 1 each logit
};

}  // namespace attune
