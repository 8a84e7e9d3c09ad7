#include "attune/eval/metrics/ranking.h"

#include "attune/eval/metrics/ranked_samples.h"

namespace attune {

RankingScores ranking_scores(const std::vector<ScoredSample>& samples) {
  return RankedSamples(samples).scores(std::vector<std::uint32_t>(samples.size(), 1U));
}

}  // namespace attune
