#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/data/labels/label_reader.h"

namespace attune {

/// Where all classes read like numbers, they must be whole ones.
template <typename Dataset>
void check_not_decimals(const Dataset& dataset, const LabelNames& names) {
  std::vector<bool> is_decimal;
  for (const std::string& name : names.names()) {
    const LabelShape shape = label_shape(name);
    if (shape == LabelShape::name) return;
    is_decimal.push_back(shape == LabelShape::decimal);
  }
  for (std::int64_t i = 0; i < dataset.size(); ++i) {
    const auto& example = dataset.examples[static_cast<std::size_t>(i)];
    std::vector<std::int64_t> ids = example.label_set;
    if (example.label >= 0) ids.push_back(example.label);
    for (const std::int64_t id : ids) {
      check(!is_decimal[static_cast<std::size_t>(id)], ErrorKind::data,
            "{}: the label \"{}\" is a decimal number, expected a class name or a whole number; "
            "for scores use --problem-type regression, for classes write 1 instead of 1.0",
            dataset.source_name(i), names.names()[static_cast<std::size_t>(id)]);
    }
  }
}

/// Gives the classes that were found in the data their final ids.
template <typename Dataset>
void settle_classes(Dataset& dataset, LabelReader& labels, const std::string& name) {
  if (!labels.names_given()) {
    check_not_decimals(dataset, labels.names());
    const auto new_ids = labels.names().sort();
    const auto renumber = [&](std::int64_t id) { return new_ids[static_cast<std::size_t>(id)]; };
    for (auto& example : dataset.examples) {
      if (example.label >= 0) example.label = renumber(example.label);
      for (std::int64_t& id : example.label_set) id = renumber(id);
      std::sort(example.label_set.begin(), example.label_set.end());
    }
  }
  dataset.label_names = labels.names().names();
  const bool has_classes = dataset.label_kind != LabelKind::regression;
  check(!has_classes || !dataset.label_names.empty(), ErrorKind::data,
        "{}: no row has a label, expected classes in the label column", name);
  if (!labels.names_given()) check_trainable(dataset, name);
  if (has_classes && dataset.size() >= 20 && labels.names().size() * 2 > dataset.size()) {
    log_warning("{}: {} classes in {} rows; is the label column right?", name,
                labels.names().size(), dataset.size());
  }
}

}  // namespace attune
