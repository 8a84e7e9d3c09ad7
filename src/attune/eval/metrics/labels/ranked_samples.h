#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/labels/ranking.h"

namespace attune {

/// Samples sorted once by score, for AUROC and average precision under many weightings in O(n)
/// each.
class RankedSamples {
 public:
  explicit RankedSamples(std::span<const ScoredSample> samples);

  /// As `ranking_scores` of samples that occur `weights[i]` times; `i` counts as in the
  /// constructor.
  RankingScores scores(std::span<const std::uint32_t> weights) const;

 private:
  struct Ranked {
    std::uint32_t sample;
    bool positive;
    bool last_of_ties;  // the next one has a lower score
  };
  std::vector<Ranked> ranked_;
};

}  // namespace attune
