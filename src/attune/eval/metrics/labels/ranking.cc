#include "attune/eval/metrics/labels/ranking.h"

#include "attune/eval/metrics/labels/ranked_samples.h"

namespace attune {

RankingScores ranking_scores(const std::vector<ScoredSample>& samples) {
  return RankedSamples(samples).scores(std::vector<std::uint32_t>(samples.size(), 1U));
}

}  // namespace attune
