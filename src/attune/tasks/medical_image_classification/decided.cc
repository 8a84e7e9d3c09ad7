#include "attune/tasks/medical_image_classification/decided.h"

#include <algorithm>
#include <utility>

#include "attune/tasks/classification/results/prediction.h"

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

std::vector<Mistake> worst_mistakes(std::vector<Called>& called, const at::Tensor& probabilities,
                                    std::int64_t limit) {
  std::vector<Mistake> mistakes;
  for (std::size_t n = 0; n < called.size(); ++n) {
    if (called[n].badness <= 0) continue;
    const auto row = row_of(probabilities, n);
    mistakes.push_back({.example = static_cast<std::int64_t>(n),
                        .badness = called[n].badness,
                        .label = called[n].worst,
                        .probabilities = {row.begin(), row.end()},
                        .called = std::move(called[n].labels)});
  }
  // Stable: of equally bad ones the first in the data, on every machine.
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.badness > b.badness; });
  mistakes.resize(std::min(mistakes.size(), static_cast<std::size_t>(limit)));
  return mistakes;
}

}  // namespace

void decide_by_thresholds(ClassificationEvaluation& evaluation, const ScoredData& data,
                          const Decision& decision, std::int64_t max_mistakes) {
  if (decision.points.empty()) return;
  const at::Tensor calibrated =
      calibrated_probabilities(data.logits, data.problem, decision.temperature);
  std::vector<Called> called;
  std::vector<std::vector<std::int64_t>> labels;
  for (std::int64_t n = 0; n < calibrated.size(0); ++n) {
    called.push_back(call(row_of(calibrated, static_cast<std::size_t>(n)), data, n, decision));
    labels.push_back(called.back().labels);
  }
  evaluation.called.clear();
  if (data.problem == ProblemType::single_label_classification) {
    for (const Called& sample : called) evaluation.called.push_back(sample.labels.front());
  }
  // Scores as the model gives them: `ece` is that before calibration, beside `ece_calibrated`.
  recount(evaluation, calibrated_probabilities(data.logits, data.problem, 1), data.targets, labels);
  evaluation.mistakes = worst_mistakes(called, calibrated, max_mistakes);
}

}  // namespace attune
