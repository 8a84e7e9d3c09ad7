#include "attune/eval/metrics/labels/class_scores.h"

namespace attune {
namespace {

double ratio(std::int64_t numerator, std::int64_t denominator) {
  if (denominator == 0) return 0.0;
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

// Sums `scores` weighted by `weight(score)` and divides by the sum of the weights.
template <typename Weight>
ClassScores average(std::span<const ClassScores> scores, const Weight& weight) {
  ClassScores result;
  double total = 0.0;
  for (const ClassScores& score : scores) {
    const double w = weight(score);
    total += w;
    result.precision += w * score.precision;
    result.recall += w * score.recall;
    result.f1 += w * score.f1;
    result.support += score.support;
  }
  if (total > 0.0) {
    result.precision /= total;
    result.recall /= total;
    result.f1 /= total;
  }
  return result;
}

}  // namespace

ClassScores class_scores(std::int64_t true_positives, std::int64_t predicted,
                         std::int64_t support) {
  // F1 as 2 TP / (predicted + support) equals the harmonic mean of precision and recall, and is
  // defined where one of these is not.
  return {ratio(true_positives, predicted), ratio(true_positives, support),
          ratio(2 * true_positives, predicted + support), support};
}

std::vector<ClassScores> class_scores(const ConfusionMatrix& confusion) {
  std::vector<ClassScores> scores;
  for (std::int64_t i = 0; i < confusion.num_classes(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    scores.push_back(class_scores(confusion.count(i, i), confusion.predicted()[index],
                                  confusion.support()[index]));
  }
  return scores;
}

ClassScores macro_average(std::span<const ClassScores> scores) {
  return average(scores, [](const ClassScores&) { return 1.0; });
}

ClassScores weighted_average(std::span<const ClassScores> scores) {
  return average(scores, [](const ClassScores& s) { return static_cast<double>(s.support); });
}

std::vector<ClassScores> scores_of_seen_classes(const ConfusionMatrix& confusion) {
  const std::vector<ClassScores> all = class_scores(confusion);
  std::vector<ClassScores> seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    // A class that occurs nowhere would count as 0 in a macro average.
    if (confusion.support()[i] + confusion.predicted()[i] > 0) seen.push_back(all[i]);
  }
  return seen;
}

void add_scores(MetricValues& metrics, const ClassScores& scores, const std::string& suffix) {
  metrics.add("f1" + suffix, scores.f1);
  metrics.add("precision" + suffix, scores.precision);
  metrics.add("recall" + suffix, scores.recall);
}

void add_score_infos(std::vector<MetricInfo>& infos, const std::string& suffix, bool headline) {
  infos.push_back({"f1" + suffix, kRises, headline});
  infos.push_back({"precision" + suffix, kRises});
  infos.push_back({"recall" + suffix, kRises});
}

}  // namespace attune
