#pragma once

#include <cstdint>
#include <vector>

#include "attune/eval/metrics/ranking.h"

namespace attune {

/// One class against all others: the probability of the class for every sample whose label is
/// known, in the order samples were added to the metrics.
struct ScoredColumn {
  std::vector<ScoredSample> samples;
  std::vector<std::int64_t> rows;  ///< the sample's position among all that were added
};

/// The entries of `values` (one a row) that belong to the column's samples.
template <typename Value>
std::vector<Value> values_of(const ScoredColumn& column, const std::vector<Value>& values) {
  std::vector<Value> result;
  if (values.empty()) return result;
  result.reserve(column.rows.size());
  for (const std::int64_t row : column.rows) result.push_back(values.at(std::size_t(row)));
  return result;
}

}  // namespace attune
