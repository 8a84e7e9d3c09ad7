#include "attune/tasks/classification/evaluation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/progress.h"
#include "attune/data/sampler.h"
#include "attune/eval/metrics/labels/missing_label.h"
#include "attune/tasks/run/evaluation_mode.h"

namespace attune {
namespace {

constexpr std::int64_t kBatchesAhead = 3;  // the one being computed among them

LabelMetrics make_metrics(ProblemType problem, const std::vector<std::string>& labels) {
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

/// 0, 1 or `kMissingLabel` each, of a row of float targets.
std::vector<std::uint8_t> known_labels(const Targets& targets, std::int64_t row) {
  const float* const labels = targets.const_data_ptr<float>() + row * targets.size(1);
  std::vector<std::uint8_t> known;
  for (std::int64_t c = 0; c < targets.size(1); ++c) {
    known.push_back(std::isnan(labels[c]) ? kMissingLabel : labels[c] > 0.5F ? 1 : 0);
  }
  return known;
}

/// How bad a prediction is, 0 where it is right, and for which label most.
struct Wrong {
  double badness = 0;
  std::int64_t label = 0;
};

/// Adds one example, number `row` of `targets`.
struct AddExample {
  const Targets& targets;
  std::int64_t row;
  std::span<const float> scores;
  double threshold = 0.5;

  Wrong operator()(ClassificationMetrics& metrics) const {
    const std::int64_t label = targets.const_data_ptr<std::int64_t>()[row];
    metrics.add(scores, label);
    const std::int64_t best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    if (best == label) return {};
    return {static_cast<double>(scores[static_cast<std::size_t>(best)]), best};
  }
  Wrong operator()(MultilabelMetrics& metrics) const {
    const std::vector<std::uint8_t> truth = known_labels(targets, row);
    Wrong worst;
    std::vector<std::uint8_t> found;
    for (std::size_t c = 0; c < scores.size(); ++c) {
      found.push_back(static_cast<double>(scores[c]) >= threshold ? 1 : 0);
      // Nobody knows whether it is wrong about that.
      if (truth[c] == kMissingLabel) continue;
      const double wrong = truth[c] != 0 ? 1 - scores[c] : scores[c];
      if ((found[c] != 0) != (truth[c] != 0) && wrong > worst.badness) {
        worst = {wrong, static_cast<std::int64_t>(c)};
      }
    }
    metrics.add(scores, truth, found);
    return worst;
  }
  Wrong operator()(RegressionMetrics& metrics) const {
    const float target = targets.const_data_ptr<float>()[row];
    metrics.add(scores[0], target);
    return {std::fabs(static_cast<double>(scores[0]) - static_cast<double>(target)), 0};
  }
};

/// Keeps the worst mistakes seen so far.
class WorstMistakes {
 public:
  explicit WorstMistakes(std::int64_t limit) : limit_(static_cast<std::size_t>(limit)) {}

  void add(std::int64_t example, const Wrong& wrong, std::span<const float> scores) {
    if (wrong.badness <= 0 || limit_ == 0) return;
    Mistake mistake{.example = example, .badness = wrong.badness, .label = wrong.label};
    if (worst_.size() == limit_ && !worse(mistake, worst_.back())) return;
    mistake.probabilities.assign(scores.begin(), scores.end());
    worst_.insert(std::upper_bound(worst_.begin(), worst_.end(), mistake, worse),
                  std::move(mistake));
    if (worst_.size() > limit_) worst_.pop_back();
  }
  std::vector<Mistake> take() { return std::move(worst_); }

 private:
  // Equal ones by their number: the list does not depend on how the examples lay in batches.
  static bool worse(const Mistake& a, const Mistake& b) {
    return a.badness != b.badness ? a.badness > b.badness : a.example < b.example;
  }

  std::size_t limit_;
  std::vector<Mistake> worst_;
};

/// Writes the rows of `logits` to where their examples stand in `all`.
void keep_rows(at::Tensor& all, const at::Tensor& logits, std::span<const std::int64_t> examples,
               std::int64_t total) {
  if (!all.defined()) all = at::empty({total, logits.size(1)}, at::kFloat);
  for (std::size_t n = 0; n < examples.size(); ++n) {
    all[examples[n]].copy_(logits[static_cast<std::int64_t>(n)]);
  }
}

}  // namespace

std::vector<MetricInfo> metric_infos(ProblemType problem, const std::vector<std::string>& labels) {
  std::vector<MetricInfo> infos = {{"loss", kFalls, kHeadline}};
  const LabelMetrics metrics = make_metrics(problem, labels);
  for (MetricInfo& info : std::visit([](const auto& m) { return m.infos(); }, metrics)) {
    infos.push_back(std::move(info));
  }
  return infos;
}

std::vector<std::pair<std::string, std::string>> undefined_metrics(
    ProblemType problem, const std::vector<std::string>& labels, const Targets& targets) {
  // The metrics themselves say it, of scores that leave nothing undefined by themselves: equal ones
  // for classes, different ones for numbers.
  LabelMetrics metrics = make_metrics(problem, labels);
  std::vector<float> scores(std::max<std::size_t>(labels.size(), 1),
                            1.0F / static_cast<float>(std::max<std::size_t>(labels.size(), 1)));
  for (std::int64_t row = 0; row < targets.size(0); ++row) {
    if (problem == ProblemType::regression) scores[0] = static_cast<float>(row);
    std::visit(AddExample{targets, row, scores}, metrics);
  }
  MetricValues values;
  if (ClassificationLoss(problem, {}).weight(targets) == 0) {
    values.add("loss", std::numeric_limits<double>::quiet_NaN(), "no label is known");
  }
  const MetricValues computed = std::visit([](const auto& m) { return m.values(); }, metrics);
  values.undefined.insert(values.undefined.end(), computed.undefined.begin(),
                          computed.undefined.end());
  return std::move(values.undefined);
}

void recount(ClassificationEvaluation& evaluation, const at::Tensor& scores, const Targets& targets,
             const std::vector<std::vector<std::int64_t>>& called) {
  const auto width = static_cast<std::size_t>(scores.size(1));
  const auto row = [&](std::size_t n) {
    return std::span(scores.const_data_ptr<float>() + n * width, width);
  };
  MetricValues counted;
  if (auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics)) {
    *single = ClassificationMetrics(single->label_names());
    for (std::size_t n = 0; n < called.size(); ++n) {
      single->add(row(n), targets.const_data_ptr<std::int64_t>()[n], called[n].front());
    }
    counted = single->values();
  } else {
    auto& multi = std::get<MultilabelMetrics>(evaluation.metrics);
    multi = MultilabelMetrics(multi.label_names());
    for (std::size_t n = 0; n < called.size(); ++n) {
      std::vector<std::uint8_t> found(width, 0);
      for (const std::int64_t label : called[n]) found[static_cast<std::size_t>(label)] = 1;
      multi.add(row(n), known_labels(targets, static_cast<std::int64_t>(n)), found);
    }
    counted = multi.values();
  }
  MetricValues values;
  // The loss is of probabilities, which other decisions leave as they are.
  if (const auto loss = evaluation.values.find("loss")) values.add("loss", *loss);
  for (const auto& [name, value] : counted.values) values.add(name, value);
  values.undefined = std::move(counted.undefined);
  evaluation.values = std::move(values);
}

ClassificationEvaluation evaluate_classifier(nn::Module& model, const EvaluationInput& input,
                                             const EvaluationOptions& options) {
  const auto begun = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation_mode(model);
  const auto total = static_cast<std::int64_t>(input.lengths.size());
  // Metrics are of all examples, whatever their order: texts of one length lie together.
  const BatchSampler sampler(input.lengths,
                             {.order = SamplingOrder::by_length, .batch_size = options.batch_size});
  const EpochBatches batches = sampler.epoch_batches(0);
  // Without the weights, smoothing and focal factor of training: losses of runs that differ in them
  // can be compared.
  const ClassificationLoss loss(input.problem, {});

  ClassificationEvaluation result(make_metrics(input.problem, input.labels));
  result.infos = metric_infos(input.problem, input.labels);
  WorstMistakes worst(options.max_mistakes);
  double loss_sum = 0, loss_weight = 0;
  std::int64_t announced = 0;
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    check_stop();
    for (; input.announce && announced < std::min(b + kBatchesAhead, batches.size()); ++announced) {
      input.announce(batches[announced], options.first_trained_group);
    }
    const auto examples = batches[b];
    // Metrics are counted on the CPU, wherever the model runs.
    const at::Tensor logits = input.logits(examples, options.first_trained_group).cpu();
    const Targets targets = select_targets(input.targets, examples);
    loss_sum += loss.sum(logits, targets).item<double>();
    loss_weight += loss.weight(targets);
    const at::Tensor scores = loss.probabilities(logits).contiguous();
    const auto width = static_cast<std::size_t>(scores.size(1));
    for (std::size_t n = 0; n < examples.size(); ++n) {
      const std::span row(scores.const_data_ptr<float>() + n * width, width);
      const AddExample add{targets, static_cast<std::int64_t>(n), row, input.threshold};
      worst.add(examples[n], std::visit(add, result.metrics), row);
    }
    // Batches go by length; the rows go back to where their examples are.
    if (options.keep_logits) keep_rows(result.logits, logits, examples, total);
    result.samples += static_cast<std::int64_t>(examples.size());
    report_progress({.activity = options.activity,
                     .done = result.samples,
                     .total = total,
                     .unit = input.unit,
                     .finished = b + 1 == batches.size()});
  }
  // 0 / 0 where no label is known, which `add` takes for undefined.
  result.values.add("loss", loss_sum / loss_weight);
  const auto values =
      std::visit([](const auto& metrics) { return metrics.values(); }, result.metrics);
  for (const auto& [name, value] : values.values) result.values.add(name, value);
  result.values.undefined = values.undefined;
  result.mistakes = worst.take();
  if (input.problem == ProblemType::multi_label_classification && input.threshold != 0.5) {
    for (Mistake& mistake : result.mistakes) {
      mistake.called.emplace();
      for (std::size_t c = 0; c < mistake.probabilities.size(); ++c) {
        if (static_cast<double>(mistake.probabilities[c]) >= input.threshold) {
          mistake.called->push_back(static_cast<std::int64_t>(c));
        }
      }
    }
  }
  result.runtime = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return result;
}

at::Tensor probabilities_of(nn::Module& model, const EvaluationInput& input,
                            std::int64_t batch_size) {
  const ClassificationEvaluation evaluation =
      evaluate_classifier(model, input,
                          {.batch_size = batch_size,
                           .max_mistakes = 0,
                           .keep_logits = true,
                           .activity = "look for doubtful labels"});
  return ClassificationLoss(input.problem, {}).probabilities(evaluation.logits).contiguous();
}

}  // namespace attune
