#pragma once

#include <vector>

namespace attune {

/// A sample's score for one class and whether it belongs to it.
struct ScoredSample {
  float score;
  bool positive;
};

struct RankingScores {
  /// Area under the ROC curve; equal scores count half (Mann-Whitney). NaN unless both positive and
  /// negative samples exist.
  double auroc;
  /// Sum over thresholds of (recall step) x precision, without interpolation. NaN without a
  /// positive sample.
  double average_precision;
};

/// Exact, from one sort: O(n log n).
RankingScores ranking_scores(const std::vector<ScoredSample>& samples);

}  // namespace attune
