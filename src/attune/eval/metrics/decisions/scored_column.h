#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/labels/ranking.h"

namespace attune {

/// One class against all others: the probability of the class for every sample whose label is
/// known, in the order samples were added to the metrics.
struct ScoredColumn {
  std::vector<ScoredSample> samples;
  std::vector<std::int64_t> rows;  ///< the sample's position among all that were added
};

/// The entries of `values` at `positions`; none of none. Requires positions within `values`.
template <typename Value>
std::vector<Value> values_at(std::span<const Value> values,
                             const std::vector<std::int64_t>& positions) {
  std::vector<Value> result;
  if (values.empty()) return result;
  result.reserve(positions.size());
  for (const std::int64_t i : positions) result.push_back(values[static_cast<std::size_t>(i)]);
  return result;
}

/// The entries of `values` (one a row) that belong to the column's samples.
template <typename Value>
std::vector<Value> values_of(const ScoredColumn& column, const std::vector<Value>& values) {
  return values_at(std::span(values), column.rows);
}

}  // namespace attune
