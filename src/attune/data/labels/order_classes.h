#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/data/labels/labels.h"

namespace attune {

/// Gives the classes of `dataset` the ids that their names have in `names`, which are the same ones
/// in another order.
template <typename Dataset>
void order_classes(Dataset& dataset, const std::vector<std::string>& names) {
  if (dataset.label_names == names || dataset.label_names.empty()) return;
  const LabelNames wanted(names);
  std::vector<std::int64_t> ids;
  for (const std::string& name : dataset.label_names) {
    const auto id = wanted.find(name);
    check(id.has_value(), ErrorKind::internal, "the label \"{}\" has no place in the order", name);
    ids.push_back(*id);
  }
  const auto renumber = [&](std::vector<std::int64_t>& set) {
    for (std::int64_t& id : set) id = ids[static_cast<std::size_t>(id)];
    std::sort(set.begin(), set.end());
  };
  for (auto& example : dataset.examples) {
    if (example.label >= 0) example.label = ids[static_cast<std::size_t>(example.label)];
    renumber(example.label_set);
    if constexpr (requires { example.label_unknown; }) renumber(example.label_unknown);
  }
  dataset.label_names = names;
}

}  // namespace attune
