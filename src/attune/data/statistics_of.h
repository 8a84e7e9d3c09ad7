#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/data/labels/class_ids.h"
#include "attune/data/split/groups.h"
#include "attune/data/statistics.h"

namespace attune {

/// What can be told of a split of any modality: rows, groups, classes, targets.
template <typename Dataset>
SplitStatistics describe_examples(const std::string& name, const Dataset& data) {
  SplitStatistics result;
  result.name = name;
  result.examples = data.size();
  result.bad_rows = std::ssize(data.bad_rows);
  result.groups = count_groups(data);
  result.class_counts = class_counts_of(data);
  if (data.label_kind != LabelKind::regression || data.examples.empty()) return result;
  result.target_min = result.target_max = data.examples[0].target;
  for (const auto& example : data.examples) {
    result.target_min = std::min(result.target_min, example.target);
    result.target_max = std::max(result.target_max, example.target);
    result.target_mean += example.target / static_cast<double>(data.size());
  }
  return result;
}

/// A hash that says nothing: what it is of was not looked at.
inline bool is_unknown_hash(std::uint64_t) {
  return false;
}
inline bool is_unknown_hash(std::string_view hash) {
  return hash.empty();
}

/// Counts the examples of `later` whose hash was seen in `earlier`; within one split `seen` (the
/// first example with each hash) grows.
template <typename View, typename Hash>
DuplicateStatistics count_duplicates(const View& earlier, const View& later,
                                     const std::vector<Hash>& hashes,
                                     std::unordered_map<Hash, std::int64_t>& seen) {
  constexpr std::size_t kMaxSamples = 5;
  DuplicateStatistics result{earlier.name, later.name, 0, 0, {}};
  const bool is_within = &earlier == &later;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (is_unknown_hash(hashes[i])) continue;
    const auto index = static_cast<std::int64_t>(i);
    const auto found = seen.find(hashes[i]);
    if (found == seen.end()) {
      if (is_within) seen.emplace(hashes[i], index);
      continue;
    }
    ++result.count;
    const auto& first = earlier.data->examples[static_cast<std::size_t>(found->second)];
    const auto& again = later.data->examples[i];
    result.conflicting += first.label != again.label || first.label_set != again.label_set ||
                          first.target != again.target;
    if (result.samples.size() < kMaxSamples) {
      result.samples.emplace_back(earlier.data->source_name(found->second),
                                  later.data->source_name(index));
    }
  }
  return result;
}

/// Examples with the same hash, within a split and between two; only those that occur. `hashes`
/// holds those of each split's examples, or none of a split that was not looked at.
template <typename View, typename Hash>
std::vector<DuplicateStatistics> find_duplicates(std::span<const View> splits,
                                                 const std::vector<std::vector<Hash>>& hashes) {
  std::vector<DuplicateStatistics> result;
  std::vector<std::unordered_map<Hash, std::int64_t>> seen(splits.size());
  for (std::size_t later = 0; later < splits.size(); ++later) {
    // Within itself first: that fills `seen`, which those after it are compared with.
    for (std::size_t k = 0; k <= later; ++k) {
      const std::size_t earlier = k == 0 ? later : k - 1;
      auto found = count_duplicates(splits[earlier], splits[later], hashes[later], seen[earlier]);
      if (found.count > 0) result.push_back(std::move(found));
    }
  }
  return result;
}

}  // namespace attune
