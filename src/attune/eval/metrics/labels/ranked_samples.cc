#include "attune/eval/metrics/labels/ranked_samples.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "attune/base/error.h"

namespace attune {

RankedSamples::RankedSamples(std::span<const ScoredSample> samples) {
  std::vector<std::uint32_t> order(samples.size());
  std::iota(order.begin(), order.end(), 0U);
  // Sorted once: a resample only changes weights, so each of a thousand costs one pass.
  std::ranges::sort(order, std::ranges::greater{},
                    [&](std::uint32_t i) { return samples[i].score; });
  ranked_.reserve(samples.size());
  for (std::size_t r = 0; r < order.size(); ++r) {
    const bool last =
        r + 1 == order.size() || samples[order[r + 1]].score != samples[order[r]].score;
    ranked_.push_back({order[r], samples[order[r]].positive, last});
  }
}

RankingScores RankedSamples::scores(std::span<const std::uint32_t> weights) const {
  check(weights.size() == ranked_.size(), ErrorKind::internal, "{} weights for {} samples",
        weights.size(), ranked_.size());
  std::uint64_t positives = 0, negatives = 0, new_counts[2] = {0, 0};
  double area = 0.0, precision_area = 0.0;
  for (const Ranked& item : ranked_) {
    new_counts[item.positive] += weights[item.sample];
    if (!item.last_of_ties) continue;
    // Mann and Whitney's U counts pairs: each negative scores one for every positive above it and
    // one half for every positive of its own score. AUROC is U / (P N) (Hanley and McNeil 1982).
    // Average precision sums precision over the steps of recall, one step for all of a tie.
    const auto [new_negatives, new_positives] = new_counts;
    area += static_cast<double>(new_negatives) *
            (static_cast<double>(positives) + 0.5 * static_cast<double>(new_positives));
    positives += new_positives;
    negatives += new_negatives;
    if (new_positives > 0) {
      precision_area += static_cast<double>(new_positives) * static_cast<double>(positives) /
                        static_cast<double>(positives + negatives);
    }
    new_counts[0] = new_counts[1] = 0;
  }
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  const auto p = static_cast<double>(positives), n = static_cast<double>(negatives);
  return {positives > 0 && negatives > 0 ? area / (p * n) : kUndefined,
          positives > 0 ? precision_area / p : kUndefined};
}

}  // namespace attune
