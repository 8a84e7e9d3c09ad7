#include "attune/eval/metrics/decisions/labelled_logits.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"

namespace attune {
namespace {

// The distribution of one decision at one scale.
struct Decision {
  double log_probability;  // of the truth
  double slope;            // d(-log_probability) / d(scale)
  double curvature;
  double confidence;  // of the most probable answer
  bool correct;
};

Decision softmax_decision(std::span<const float> logits, std::size_t truth, double scale) {
  // With z relative to the largest logit no exponential overflows, and one of them is 1. By the
  // scale s, -log p = log(sum exp(s z)) - s z_truth has the derivatives mean(z) - z_truth and
  // variance(z), both under the softmax.
  // Scale is positive: the largest logit stays the largest.
  const auto best = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
  const double largest = logits[best];
  double sum = 0.0, mean = 0.0, square = 0.0;  // of exp, and of logits under the distribution
  for (const float logit : logits) {
    const double z = static_cast<double>(logit) - largest;
    const double e = std::exp(scale * z);
    sum += e;
    mean += e * z;
    square += e * z * z;
  }
  mean /= sum;
  const double z_truth = static_cast<double>(logits[truth]) - largest;
  return {scale * z_truth - std::log(sum), mean - z_truth,
          // Rounding may leave a variance just below 0.
          std::max(0.0, square / sum - mean * mean), 1.0 / sum, best == truth};
}

// The same of the two logits 0 and `logit`.
Decision sigmoid_decision(double logit, bool truth, double scale) {
  const double z = truth ? logit : -logit;  // the logit of what is true
  // An exponential of a negative number never overflows; log1p keeps the digits of a small one.
  const double e = std::exp(-std::abs(scale * z));
  const double wrong = (z >= 0 ? e : 1.0) / (1.0 + e);  // 1 - probability of the truth
  return {std::min(0.0, scale * z) - std::log1p(e), -z * wrong, z * z * e / ((1.0 + e) * (1.0 + e)),
          1.0 / (1.0 + e), (logit >= 0) == truth};
}

}  // namespace

LabelledLogits::LabelledLogits(Activation activation, std::int64_t classes)
    : activation_(activation), classes_(static_cast<std::size_t>(classes)) {
  const std::int64_t least = activation == Activation::softmax ? 2 : 1;
  check(classes >= least, ErrorKind::internal, "logits of {} classes, expected at least {}",
        classes, least);
}

void LabelledLogits::append(std::span<const float> logits) {
  check(logits.size() == classes_, ErrorKind::internal, "{} logits, expected {}", logits.size(),
        classes_);
  for (const float logit : logits) {
    check(std::isfinite(logit), ErrorKind::data,
          "sample {}: a logit is {}, expected a finite number; has the model diverged?",
          num_samples(), logit);
  }
  logits_.insert(logits_.end(), logits.begin(), logits.end());
}

void LabelledLogits::add(std::span<const float> logits, std::int64_t label) {
  check(activation_ == Activation::softmax && label >= 0 &&
            label < static_cast<std::int64_t>(classes_),
        ErrorKind::internal, "label {} of sample {}, expected 0 to {} (softmax)", label,
        num_samples(), classes_ - 1);
  append(logits);
  truth_.push_back(static_cast<std::int32_t>(label));
}

void LabelledLogits::add(std::span<const float> logits, std::span<const std::uint8_t> labels) {
  check(activation_ == Activation::sigmoid && labels.size() == classes_, ErrorKind::internal,
        "{} labels, expected {} (sigmoid)", labels.size(), classes_);
  append(logits);
  for (const std::uint8_t label : labels)
    truth_.push_back(label == kMissingLabel ? -1 : label != 0);
}

std::int64_t LabelledLogits::num_samples() const {
  return static_cast<std::int64_t>(logits_.size() / classes_);
}

std::int64_t LabelledLogits::num_decisions() const {
  return static_cast<std::int64_t>(truth_.size()) - std::ranges::count(truth_, -1);
}

std::span<const float> LabelledLogits::row(std::size_t sample) const {
  return std::span(logits_).subspan(sample * classes_, classes_);
}

template <typename Function>
void LabelledLogits::for_each_decision(double scale, const Function& function) const {
  for (std::size_t i = 0; i < truth_.size(); ++i) {
    // A label that is not known is no decision.
    if (truth_[i] < 0) continue;
    function(activation_ == Activation::softmax
                 ? softmax_decision(row(i), static_cast<std::size_t>(truth_[i]), scale)
                 : sigmoid_decision(logits_[i], truth_[i] == 1, scale));
  }
}

LabelledLogits::Likelihood LabelledLogits::likelihood(double scale) const {
  Likelihood sum{0.0, 0.0, 0.0};
  for_each_decision(scale, [&](const Decision& decision) {
    sum.nll -= decision.log_probability;
    sum.slope += decision.slope;
    sum.curvature += decision.curvature;
  });
  const std::int64_t decisions = num_decisions();
  check(decisions > 0, ErrorKind::data, "a calibration needs labelled samples, got none");
  const auto n = static_cast<double>(decisions);
  return {sum.nll / n, sum.slope / n, sum.curvature / n};
}

Calibration LabelledLogits::calibration(double scale, int num_bins) const {
  Calibration result(num_bins);
  for_each_decision(
      scale, [&](const Decision& decision) { result.add(decision.confidence, decision.correct); });
  return result;
}

}  // namespace attune
