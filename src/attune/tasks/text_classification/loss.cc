#include "attune/tasks/text_classification/loss.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/strings.h"
#include "attune/data/sampler.h"

namespace attune {

ClassificationLoss::ClassificationLoss(ProblemType problem, std::int64_t num_labels,
                                       const std::vector<double>& class_weights,
                                       double label_smoothing)
    : problem_(problem), num_labels_(num_labels), label_smoothing_(label_smoothing) {
  const bool single = problem == ProblemType::single_label_classification;
  check(single || label_smoothing == 0, ErrorKind::user,
        "--label-smoothing-factor needs single-label classification");
  check(problem != ProblemType::regression || class_weights.empty(), ErrorKind::user,
        "--class-weights needs classes, this is a regression");
  if (!class_weights.empty()) {
    weights_ = at::tensor(class_weights, at::TensorOptions(at::kFloat));
  }
}

at::Tensor ClassificationLoss::targets(const TextDataset& dataset,
                                       std::span<const std::int64_t> examples) const {
  const auto count = static_cast<std::int64_t>(examples.size());
  const auto example_at = [&](std::int64_t n) -> const TextExample& {
    return dataset.examples[static_cast<std::size_t>(examples[static_cast<std::size_t>(n)])];
  };
  if (problem_ == ProblemType::single_label_classification) {
    at::Tensor result = at::empty({count}, at::kLong);
    auto* values = result.mutable_data_ptr<std::int64_t>();
    for (std::int64_t n = 0; n < count; ++n) values[n] = example_at(n).label;
    return result;
  }
  if (problem_ == ProblemType::regression) {
    at::Tensor result = at::empty({count}, at::kFloat);
    auto* values = result.mutable_data_ptr<float>();
    for (std::int64_t n = 0; n < count; ++n) values[n] = static_cast<float>(example_at(n).target);
    return result;
  }
  at::Tensor result = at::zeros({count, num_labels_}, at::kFloat);
  auto* values = result.mutable_data_ptr<float>();
  for (std::int64_t n = 0; n < count; ++n) {
    for (const std::int64_t label : example_at(n).label_set) values[n * num_labels_ + label] = 1;
  }
  return result;
}

at::Tensor ClassificationLoss::sum(const at::Tensor& logits, const at::Tensor& targets) const {
  const at::Tensor scores = logits.to(at::kFloat);
  switch (problem_) {
    case ProblemType::single_label_classification:
      return at::cross_entropy_loss(scores, targets, weights_, at::Reduction::Sum, -100,
                                    label_smoothing_);
    case ProblemType::multi_label_classification:
      return at::binary_cross_entropy_with_logits(scores, targets, weights_, {},
                                                  at::Reduction::Sum);
    case ProblemType::regression:
      return at::mse_loss(scores.squeeze(1), targets, at::Reduction::Sum);
  }
  fail(ErrorKind::internal, "unknown problem type");
}

double ClassificationLoss::weight(const at::Tensor& targets) const {
  if (problem_ == ProblemType::single_label_classification && weights_.defined()) {
    return weights_.index_select(0, targets).sum(at::kDouble).item<double>();
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

std::vector<double> parse_class_weights(const std::string& text, const TextDataset& train) {
  if (text.empty()) return {};
  check(train.label_kind != LabelKind::regression, ErrorKind::user,
        "--class-weights needs classes, this is a regression");
  if (text == "balanced") return balanced_class_weights(train.class_counts());
  std::vector<double> weights(train.label_names.size(), 1.0);
  for (const std::string& part : split(text, ',')) {
    const auto equals = part.rfind('=');
    check(equals != std::string::npos, ErrorKind::user,
          "--class-weights: got \"{}\", expected balanced or LABEL=WEIGHT,LABEL=WEIGHT,...", part);
    const std::string name(trim(part.substr(0, equals)));
    const auto found = std::find(train.label_names.begin(), train.label_names.end(), name);
    check(found != train.label_names.end(), ErrorKind::user,
          "--class-weights: no label \"{}\"{}; labels are: {}", name,
          did_you_mean(name, train.label_names), join(train.label_names, ", "));
    const auto value = parse_number(part.substr(equals + 1));
    check(value && *value > 0, ErrorKind::user,
          "--class-weights: the weight of \"{}\" is \"{}\", expected a number above 0", name,
          part.substr(equals + 1));
    weights[static_cast<std::size_t>(found - train.label_names.begin())] = *value;
  }
  return weights;
}

}  // namespace attune
