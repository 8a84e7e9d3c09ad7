#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "attune/data/equal_examples.h"
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

/// Whether two examples have the same label, labels or target.
template <typename Dataset>
bool same_label(const Dataset& first, std::int64_t i, const Dataset& second, std::int64_t j) {
  const auto& a = first.examples[static_cast<std::size_t>(i)];
  const auto& b = second.examples[static_cast<std::size_t>(j)];
  return a.label == b.label && a.label_set == b.label_set && a.target == b.target;
}

/// Notes pairs of equal examples of `splits` and counts them by their parts.
template <typename View>
void note_equal(std::vector<ExamplePair> equal, std::span<const View> splits,
                DatasetStatistics& statistics) {
  for (const auto& [first, again] : equal) {
    const View& earlier = splits[static_cast<std::size_t>(first.part)];
    const View& later = splits[static_cast<std::size_t>(again.part)];
    // Pairs of the same two parts follow each other.
    auto& counts = statistics.duplicates;
    if (counts.empty() || counts.back().first != earlier.name ||
        counts.back().second != later.name) {
      counts.push_back({earlier.name, later.name});
    }
    ++counts.back().count;
    counts.back().conflicting += !same_label(*earlier.data, first.index, *later.data, again.index);
  }
  statistics.equal = std::move(equal);
}

}  // namespace attune
