#include "attune/tasks/medical_image_classification/decided.h"

#include <algorithm>
#include <utility>

#include "attune/eval/metrics/missing_label.h"

namespace attune {
namespace {

/// A sample as the thresholds call it.
struct Called {
  std::vector<std::int64_t> labels;  ///< of one label: just that
  double badness = 0;                ///< share of the way from threshold to certainty; 0: right
  std::int64_t worst = 0;            ///< the label it is that wrong about
};

Called call(std::span<const float> probabilities, const ScoredData& data, std::int64_t sample,
            const Decision& decision) {
  constexpr double kLeast = 1e-9;  // what is wrong by a hair is wrong
  const bool single = data.problem == ProblemType::single_label_classification;
  Called result;
  for (const Decision::ClassPoint& item : decision.points) {
    const double score = static_cast<double>(probabilities[static_cast<std::size_t>(item.label)]);
    const double threshold = item.point.threshold;
    const bool found = score >= threshold;
    if (found) result.labels.push_back(item.label);
    if (single && !found) result.labels.push_back(1 - item.label);
    const auto truth = known_truth(data, sample, item.label);
    if (!truth || *truth == found) continue;
    const double room = std::max(found ? 1 - threshold : threshold, kLeast);
    const double badness = std::max(std::abs(score - threshold) / room, kLeast);
    if (badness <= result.badness) continue;
    result.badness = badness;
    result.worst = single ? result.labels.front() : item.label;
  }
  return result;
}

MetricValues recount(ClassificationMetrics& metrics, const ScoredData& data,
                     const at::Tensor& scores, const std::vector<Called>& called) {
  metrics = ClassificationMetrics(data.labels);
  for (std::size_t n = 0; n < called.size(); ++n) {
    const auto sample = static_cast<std::int64_t>(n);
    metrics.add(row_of(scores, sample), data.targets.const_data_ptr<std::int64_t>()[n],
                called[n].labels.front());
  }
  return metrics.values();
}

MetricValues recount(MultilabelMetrics& metrics, const ScoredData& data, const at::Tensor& scores,
                     const std::vector<Called>& called) {
  metrics = MultilabelMetrics(data.labels);
  std::vector<std::uint8_t> truth(data.labels.size()), found(data.labels.size());
  for (std::size_t n = 0; n < called.size(); ++n) {
    const auto sample = static_cast<std::int64_t>(n);
    std::fill(found.begin(), found.end(), 0);
    for (const std::int64_t c : called[n].labels) found[static_cast<std::size_t>(c)] = 1;
    for (std::size_t c = 0; c < truth.size(); ++c) {
      const auto known = known_truth(data, sample, static_cast<std::int64_t>(c));
      truth[c] = known ? (*known ? 1 : 0) : kMissingLabel;
    }
    metrics.add(row_of(scores, sample), truth, found);
  }
  return metrics.values();
}

std::vector<Mistake> worst_mistakes(std::vector<Called>& called, const at::Tensor& probabilities,
                                    std::int64_t limit) {
  std::vector<Mistake> mistakes;
  for (std::size_t n = 0; n < called.size(); ++n) {
    if (called[n].badness <= 0) continue;
    const auto row = row_of(probabilities, static_cast<std::int64_t>(n));
    mistakes.push_back({.example = static_cast<std::int64_t>(n),
                        .badness = called[n].badness,
                        .label = called[n].worst,
                        .probabilities = {row.begin(), row.end()},
                        .called = std::move(called[n].labels)});
  }
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.badness > b.badness; });
  mistakes.resize(std::min(mistakes.size(), static_cast<std::size_t>(limit)));
  return mistakes;
}

}  // namespace

void decide_by_thresholds(ClassificationEvaluation& evaluation, const ScoredData& data,
                          const Decision& decision, std::int64_t max_mistakes) {
  if (decision.points.empty()) return;
  const at::Tensor scores = calibrated_probabilities(data.logits, data.problem, 1);
  const at::Tensor calibrated =
      calibrated_probabilities(data.logits, data.problem, decision.temperature);
  std::vector<Called> called;
  for (std::int64_t n = 0; n < calibrated.size(0); ++n) {
    called.push_back(call(row_of(calibrated, n), data, n, decision));
  }
  if (data.problem == ProblemType::single_label_classification) {
    for (const Called& sample : called) evaluation.called.push_back(sample.labels.front());
  }
  MetricValues values;
  if (const auto loss = evaluation.values.find("loss")) values.add("loss", *loss);
  MetricValues counted;
  if (auto* single = std::get_if<ClassificationMetrics>(&evaluation.metrics)) {
    counted = recount(*single, data, scores, called);
  } else if (auto* multi = std::get_if<MultilabelMetrics>(&evaluation.metrics)) {
    counted = recount(*multi, data, scores, called);
  }
  for (const auto& [name, value] : counted.values) values.add(name, value);
  values.undefined = counted.undefined;
  evaluation.values = std::move(values);
  evaluation.mistakes = worst_mistakes(called, calibrated, max_mistakes);
}

}  // namespace attune
