#include "attune/eval/metrics/decisions/score_table.h"

#include "attune/base/error.h"

namespace attune {

ScoreTable::ScoreTable(std::int64_t columns, std::int64_t max_scores)
    : columns_(columns), max_scores_(max_scores) {}

void ScoreTable::add(std::span<const float> scores) {
  check(static_cast<std::int64_t>(scores.size()) == columns_, ErrorKind::internal,
        "{} scores, expected {}", scores.size(), columns_);
  if (overflowed_) return;
  if (static_cast<std::int64_t>(scores_.size()) + columns_ > max_scores_) {
    overflowed_ = true;
    // Swapped, as `clear` would keep the memory.
    std::vector<float>().swap(scores_);
    return;
  }
  scores_.insert(scores_.end(), scores.begin(), scores.end());
}

void ScoreTable::require_scores() const {
  check(!overflowed_, ErrorKind::user,
        "there are more than {} scores (samples x classes): curves and operating points need them "
        "all; evaluate on fewer samples",
        max_scores_);
}

std::vector<ScoredSample> ScoreTable::column(
    std::int64_t column, const std::function<bool(std::int64_t)>& positive) const {
  const std::int64_t samples = static_cast<std::int64_t>(scores_.size()) / columns_;
  std::vector<ScoredSample> result;
  result.reserve(static_cast<std::size_t>(samples));
  for (std::int64_t i = 0; i < samples; ++i) {
    result.push_back({scores_[static_cast<std::size_t>(i * columns_ + column)], positive(i)});
  }
  return result;
}

}  // namespace attune
