#include "attune/tasks/text_classification/evaluation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <c10/core/GradMode.h>

#include "attune/base/error.h"
#include "attune/base/progress.h"
#include "attune/data/sampler.h"

namespace attune {
namespace {

using Metrics = std::variant<ClassificationMetrics, MultilabelMetrics, RegressionMetrics>;

Metrics make_metrics(ProblemType problem, const std::vector<std::string>& labels) {
  switch (problem) {
    case ProblemType::single_label_classification:
      return ClassificationMetrics(labels);
    case ProblemType::multi_label_classification:
      return MultilabelMetrics(labels);
    case ProblemType::regression:
      return RegressionMetrics();
  }
  fail(ErrorKind::internal, "unknown problem type");
}

/// Adds one example; returns how bad the prediction is, 0 where it is right.
struct AddExample {
  const TextExample& example;
  std::span<const float> scores;

  double operator()(ClassificationMetrics& metrics) const {
    metrics.add(scores, example.label);
    const auto best = std::max_element(scores.begin(), scores.end());
    return best - scores.begin() == example.label ? 0 : static_cast<double>(*best);
  }
  double operator()(MultilabelMetrics& metrics) const {
    std::vector<std::uint8_t> truth(scores.size(), 0);
    for (const std::int64_t label : example.label_set) truth[static_cast<std::size_t>(label)] = 1;
    metrics.add(scores, truth);
    double worst = 0;
    for (std::size_t c = 0; c < scores.size(); ++c) {
      const double wrong = truth[c] != 0 ? 1 - scores[c] : scores[c];
      if ((scores[c] >= 0.5F) != (truth[c] != 0)) worst = std::max(worst, wrong);
    }
    return worst;
  }
  double operator()(RegressionMetrics& metrics) const {
    metrics.add(scores[0], static_cast<float>(example.target));
    return std::fabs(static_cast<double>(scores[0]) - example.target);
  }
};

/// Keeps the worst mistakes seen so far.
class WorstMistakes {
 public:
  explicit WorstMistakes(std::int64_t limit) : limit_(static_cast<std::size_t>(limit)) {}

  void add(std::int64_t example, double badness, std::span<const float> scores) {
    if (badness <= 0 || limit_ == 0) return;
    if (worst_.size() == limit_ && !worse({example, badness, {}}, worst_.back())) return;
    Mistake mistake{example, badness, {scores.begin(), scores.end()}};
    worst_.insert(std::upper_bound(worst_.begin(), worst_.end(), mistake, worse),
                  std::move(mistake));
    if (worst_.size() > limit_) worst_.pop_back();
  }
  std::vector<Mistake> take() { return std::move(worst_); }

 private:
  static bool worse(const Mistake& a, const Mistake& b) {
    return a.badness != b.badness ? a.badness > b.badness : a.example < b.example;
  }

  std::size_t limit_;
  std::vector<Mistake> worst_;
};

/// Puts a model into evaluation mode, and each of its modules back as it was (frozen ones were in
/// evaluation mode before).
class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& model) {
    for (const auto& module : model.modules()) before_.emplace_back(module, module->is_training());
    model.eval();
  }
  ~EvaluationMode() {
    // Parents come before their children, which `train` sets too.
    for (const auto& [module, training] : before_) module->train(training);
  }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> before_;
};

}  // namespace

std::vector<std::string> metric_names(ProblemType problem, const std::vector<std::string>& labels) {
  Metrics metrics = make_metrics(problem, labels);
  std::vector<float> scores(std::max<std::size_t>(labels.size(), 1), 0.F);
  scores[0] = 1.F;
  std::visit(AddExample{TextExample{.label = 0}, scores}, metrics);
  const MetricValues values = std::visit([](const auto& m) { return m.values(); }, metrics);
  std::vector<std::string> names = {"loss"};
  for (const auto& [name, value] : values.values) names.push_back(name);
  for (const auto& [name, reason] : values.undefined) names.push_back(name);
  return names;
}

std::string metrics_table(const TextEvaluation& evaluation) {
  std::string text;
  for (const auto& [name, value] : evaluation.values.values) {
    text += fmt::format("  {:<20} {:.4f}\n", name, value);
  }
  for (const auto& [name, reason] : evaluation.values.undefined) {
    text += fmt::format("  {:<20} undefined: {}\n", name, reason);
  }
  return text;
}

Json evaluation_json(const TextEvaluation& evaluation, const std::string& prefix) {
  Json result = metrics_to_json(evaluation.values, prefix);
  result[prefix + "runtime"] = evaluation.runtime;
  result[prefix + "samples"] = evaluation.samples;
  result[prefix + "samples_per_second"] =
      static_cast<double>(evaluation.samples) / evaluation.runtime;
  return result;
}

TextEvaluator::TextEvaluator(SequenceClassifier& model, const TextData& data, ProblemType problem,
                             std::vector<std::string> labels, const TextEvaluatorOptions& options)
    : model_(model),
      data_(data),
      problem_(problem),
      labels_(std::move(labels)),
      options_(options),
      loss_(problem, static_cast<std::int64_t>(labels_.size()), {}, 0),
      frozen_(model, data.tokens, options.cache_bytes, options.cache_folder) {}

TextEvaluation TextEvaluator::run(std::int64_t first_trained_group, const std::string& activity) {
  const auto begun = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation_mode(model_);
  const BatchSampler sampler(data_.tokens.lengths(), {.order = SamplingOrder::by_length,
                                                      .batch_size = options_.batch_size});
  const EpochBatches batches = sampler.epoch_batches(0);
  const auto groups = static_cast<std::int64_t>(model_.depth_groups().size());

  TextEvaluation result{.metrics = make_metrics(problem_, labels_)};
  WorstMistakes worst(options_.max_mistakes);
  double loss_sum = 0, loss_weight = 0;
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    const auto examples = batches[b];
    const PackedTokens tokens = data_.tokens.pack(examples);
    const at::Tensor state = frozen_.state(examples, first_trained_group);
    const at::Tensor logits = model_.run(tokens, state, first_trained_group, groups);
    const at::Tensor targets = loss_.targets(data_.dataset, examples);
    loss_sum += loss_.sum(logits, targets).item<double>();
    loss_weight += loss_.weight(targets);
    const at::Tensor scores = loss_.probabilities(logits).contiguous();
    const auto width = static_cast<std::size_t>(scores.size(1));
    for (std::size_t n = 0; n < examples.size(); ++n) {
      const std::span row(scores.const_data_ptr<float>() + n * width, width);
      const AddExample add{data_.dataset.examples[static_cast<std::size_t>(examples[n])], row};
      worst.add(examples[n], std::visit(add, result.metrics), row);
    }
    result.samples += static_cast<std::int64_t>(examples.size());
    result.tokens += tokens.segments.rows();
    report_progress({.activity = activity,
                     .done = result.samples,
                     .total = data_.tokens.size(),
                     .unit = "samples",
                     .finished = b + 1 == batches.size()});
  }
  result.values.add("loss", loss_sum / loss_weight);
  const auto values =
      std::visit([](const auto& metrics) { return metrics.values(); }, result.metrics);
  for (const auto& [name, value] : values.values) result.values.add(name, value);
  result.values.undefined = values.undefined;
  result.mistakes = worst.take();
  result.runtime = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return result;
}

}  // namespace attune
