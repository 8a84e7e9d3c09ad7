#include "attune/eval/metrics/ranking.h"

#include <algorithm>
#include <limits>

namespace attune {

RankingScores ranking_scores(std::vector<ScoredSample> samples) {
  std::ranges::sort(samples, std::ranges::greater{}, &ScoredSample::score);
  const auto positives = static_cast<double>(
      std::ranges::count_if(samples, [](const ScoredSample& sample) { return sample.positive; }));
  const double negatives = static_cast<double>(samples.size()) - positives;

  // Walk down the thresholds; samples of equal score pass together.
  double true_positives = 0.0, false_positives = 0.0, area = 0.0, precision_area = 0.0;
  for (std::size_t i = 0; i < samples.size();) {
    double new_true = 0.0, new_false = 0.0;
    const float threshold = samples[i].score;
    for (; i < samples.size() && samples[i].score == threshold; ++i) {
      (samples[i].positive ? new_true : new_false) += 1.0;
    }
    area += new_false * (true_positives + 0.5 * new_true);
    true_positives += new_true;
    false_positives += new_false;
    precision_area += new_true * true_positives / (true_positives + false_positives);
  }
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  return {positives > 0 && negatives > 0 ? area / (positives * negatives) : kUndefined,
          positives > 0 ? precision_area / positives : kUndefined};
}

}  // namespace attune
