#pragma once

#include <cstdint>
#include <vector>

#include "attune/base/error.h"
#include "attune/data/labels/labels.h"

namespace attune {

/// The class of every example. Requires `single_label`.
template <typename Dataset>
std::vector<std::int64_t> class_ids_of(const Dataset& dataset) {
  check(dataset.label_kind == LabelKind::single_label, ErrorKind::internal,
        "class_ids() of a dataset without one class per example");
  std::vector<std::int64_t> ids;
  ids.reserve(dataset.examples.size());
  for (const auto& example : dataset.examples) ids.push_back(example.label);
  return ids;
}

/// The classes of every example. Requires `multi_label`.
template <typename Dataset>
std::vector<std::vector<std::int64_t>> label_sets_of(const Dataset& dataset) {
  check(dataset.label_kind == LabelKind::multi_label, ErrorKind::internal,
        "label_sets_of() of a dataset without several labels per example");
  std::vector<std::vector<std::int64_t>> sets;
  sets.reserve(dataset.examples.size());
  for (const auto& example : dataset.examples) sets.push_back(example.label_set);
  return sets;
}

/// How many examples have each class. Requires `single_label` or `multi_label`.
template <typename Dataset>
std::vector<std::int64_t> class_counts_of(const Dataset& dataset) {
  std::vector<std::int64_t> counts(dataset.label_names.size());
  for (const auto& example : dataset.examples) {
    if (example.label >= 0) ++counts[static_cast<std::size_t>(example.label)];
    for (const std::int64_t id : example.label_set) ++counts[static_cast<std::size_t>(id)];
  }
  return counts;
}

}  // namespace attune
