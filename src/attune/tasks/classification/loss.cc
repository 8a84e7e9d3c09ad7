#include "attune/tasks/classification/loss.h"

#include <algorithm>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/nan_to_num.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/data/sampler.h"

namespace attune {

std::vector<std::string> find_loss_problems(ProblemType problem, double label_smoothing,
                                            double focal_gamma, bool has_class_weights) {
  std::vector<std::string> problems;
  if (problem != ProblemType::single_label_classification && label_smoothing != 0) {
    problems.emplace_back("--label-smoothing-factor needs single-label classification");
  }
  if (problem == ProblemType::regression && has_class_weights) {
    problems.emplace_back("--class-weights needs classes, this is a regression");
  }
  if (problem == ProblemType::regression && focal_gamma != 0) {
    problems.emplace_back("--focal-gamma needs classes, this is a regression");
  }
  // The focal factor goes by the probability of the truth; smoothed, there is no single one.
  if (focal_gamma != 0 && label_smoothing != 0) {
    problems.emplace_back("give either --focal-gamma or --label-smoothing-factor");
  }
  return problems;
}

ClassificationLoss::ClassificationLoss(ProblemType problem, const LossSettings& settings)
    : problem_(problem),
      label_smoothing_(settings.label_smoothing),
      focal_gamma_(settings.focal_gamma) {
  const std::vector<std::string> problems =
      find_loss_problems(problem, label_smoothing_, focal_gamma_, !settings.class_weights.empty());
  check(problems.empty(), ErrorKind::user, "{}", join(problems, "\n"));
  if (!settings.class_weights.empty()) {
    weights_ = at::tensor(settings.class_weights, at::TensorOptions(at::kFloat));
  }
}

/// Of the probability that is missing. At 0 the gradient of a power below 1 has no end.
at::Tensor ClassificationLoss::focal_factor(const at::Tensor& missing) const {
  constexpr double kLeast = 1e-8;
  return at::pow(missing.clamp_min(kLeast), focal_gamma_);
}

at::Tensor ClassificationLoss::cross_entropy(const at::Tensor& scores,
                                             const Targets& targets) const {
  const at::Tensor weights = weights_.defined() ? weights_.to(scores.device()) : weights_;
  // Label smoothing as in Szegedy et al. 2016, section 7, and torch.nn.CrossEntropyLoss; -100 is
  // its ignore_index.
  if (focal_gamma_ == 0) {
    return at::cross_entropy_loss(scores, targets, weights, at::Reduction::Sum, -100,
                                  label_smoothing_);
  }
  const at::Tensor log_p = at::log_softmax(scores, 1).gather(1, targets.unsqueeze(1)).squeeze(1);
  // 1 - p by expm1 of log p: the difference itself is 0 as soon as p rounds to 1.
  at::Tensor terms = -log_p * focal_factor(-at::expm1(log_p));
  if (weights.defined()) terms = terms * weights.index_select(0, targets);
  return terms.sum();
}

/// Labels that are not known (NaN) have no part in it.
at::Tensor ClassificationLoss::binary_cross_entropy(const at::Tensor& scores,
                                                    const Targets& targets) const {
  const at::Tensor known = at::isnan(targets).logical_not_();
  // NaN times 0 is NaN: what is not known is computed as some number, and masked in the sum.
  const at::Tensor truth = at::nan_to_num(targets, 0.0);
  const at::Tensor weights = weights_.defined() ? weights_.to(scores.device()) : weights_;
  at::Tensor terms =
      at::binary_cross_entropy_with_logits(scores, truth, weights, {}, at::Reduction::None);
  if (focal_gamma_ != 0) {
    const at::Tensor p = at::sigmoid(scores);
    terms = terms * focal_factor(truth * (1 - p) + (1 - truth) * p);
  }
  return (terms * known).sum();
}

at::Tensor ClassificationLoss::sum(const at::Tensor& logits, const Targets& kept) const {
  const at::Tensor scores = logits.to(at::kFloat);
  const Targets targets = kept.to(logits.device());  // targets are kept on the CPU
  switch (problem_) {
    case ProblemType::single_label_classification:
      return cross_entropy(scores, targets);
    case ProblemType::multi_label_classification:
      return binary_cross_entropy(scores, targets);
    case ProblemType::regression:
      // Without squeeze, [N, 1] against [N] would be broadcast to N x N differences.
      return at::mse_loss(scores.squeeze(1), targets, at::Reduction::Sum);
  }
  fail(ErrorKind::internal, "unknown problem type");
}

double ClassificationLoss::weight(const Targets& targets) const {
  if (problem_ == ProblemType::single_label_classification && weights_.defined()) {
    // torch's weighted mean divides by the weights of the targets, its BCEWithLogitsLoss by the
    // number of terms.
    return weights_.index_select(0, targets).sum(at::kDouble).item<double>();
  }
  if (problem_ == ProblemType::multi_label_classification) {
    return static_cast<double>(at::isnan(targets).logical_not_().sum().item<std::int64_t>());
  }
  return static_cast<double>(targets.numel());
}

at::Tensor ClassificationLoss::probabilities(const at::Tensor& logits) const {
  const at::Tensor scores = logits.to(at::kFloat);
  switch (problem_) {
    case ProblemType::single_label_classification:
      return at::softmax(scores, 1);
    case ProblemType::multi_label_classification:
      return at::sigmoid(scores);
    case ProblemType::regression:
      return scores;
  }
  fail(ErrorKind::internal, "unknown problem type");
}

namespace {

struct NamedWeight {
  std::string label;
  double weight = 0;
};

/// Of "LABEL=WEIGHT,LABEL=WEIGHT,...".
std::vector<NamedWeight> named_weights(const std::string& text) {
  std::vector<NamedWeight> weights;
  for (const std::string& part : split(text, ',')) {
    // The last one: a label may hold an equals sign.
    const auto equals = part.rfind('=');
    check(equals != std::string::npos, ErrorKind::user,
          "--class-weights: got \"{}\", expected balanced or LABEL=WEIGHT,LABEL=WEIGHT,...", part);
    const std::string label(trim(part.substr(0, equals)));
    const auto value = parse_number(part.substr(equals + 1));
    check(value && *value > 0, ErrorKind::user,
          "--class-weights: the weight of \"{}\" is \"{}\", expected a number above 0", label,
          part.substr(equals + 1));
    weights.push_back({label, *value});
  }
  return weights;
}

std::size_t place_of(const std::string& label, const std::vector<std::string>& labels) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  check(found != labels.end(), ErrorKind::user,
        "--class-weights: no label \"{}\"{}; labels are: {}", label, did_you_mean(label, labels),
        join(labels, ", "));
  return static_cast<std::size_t>(found - labels.begin());
}

}  // namespace

void check_class_weights(const std::string& text, const std::vector<std::string>& labels) {
  if (text.empty() || text == "balanced") return;
  for (const NamedWeight& each : named_weights(text)) {
    if (!labels.empty()) place_of(each.label, labels);
  }
}

std::vector<double> parse_class_weights(const std::string& text, const ClassCounts& train) {
  if (text.empty()) return {};
  check(train.kind != LabelKind::regression, ErrorKind::user,
        "--class-weights needs classes, this is a regression");
  if (text == "balanced") return balanced_class_weights(train.counts, train.names);
  std::vector<double> weights(train.names.size(), 1.0);
  for (const auto& [label, weight] : named_weights(text)) {
    weights[place_of(label, train.names)] = weight;
  }
  return weights;
}

}  // namespace attune
