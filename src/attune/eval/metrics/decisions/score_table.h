#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "attune/eval/metrics/labels/ranking.h"

namespace attune {

/// What exact ranking metrics need: every sample's score per class as a float (4 bytes; AUROC is an
/// order statistic and has no exact streaming form). Beyond `max_scores` values everything is
/// released and the ranking metrics are reported as undefined, never approximated.
class ScoreTable {
 public:
  ScoreTable(std::int64_t columns, std::int64_t max_scores);

  /// Requires one score a column.
  void add(std::span<const float> scores);

  bool overflowed() const { return overflowed_; }
  /// Throws `user` where it overflowed.
  void require_scores() const;
  /// The column's scores with `positive(sample)`.
  std::vector<ScoredSample> column(std::int64_t column,
                                   const std::function<bool(std::int64_t)>& positive) const;

 private:
  std::int64_t columns_, max_scores_;
  bool overflowed_ = false;
  std::vector<float> scores_;  // sample-major
};

/// Default for `max_scores`: 256 MiB of floats.
inline constexpr std::int64_t kMaxRankingScores = std::int64_t{64} << 20;

}  // namespace attune
