#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/data/bad_rows.h"
#include "attune/data/labels/label_list.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"
#include "attune/data/labels/separators.h"

namespace attune {

template <typename Example>
void put_label(Label label, Example& example) {
  example.label = label.id;
  example.label_set = std::move(label.set);
  if constexpr (requires { example.label_unknown; }) {
    example.label_unknown = std::move(label.unknown);
  }
  example.target = label.target;
}

struct RowPlace {
  std::int32_t file;
  std::int64_t line, lines;
};

/// Gives the examples the labels that only the whole table has told, and takes out those that
/// cannot be used (into `bad`) or are to be left out. `where` are the rows of these labels.
template <typename Dataset>
void settle_late_labels(Dataset& dataset, LabelReader& labels, const std::vector<RowPlace>& where,
                        const std::string& name, BadRowCollector& bad) {
  std::vector<LateLabel> settled = labels.settle();
  check(settled.size() == where.size(), ErrorKind::internal, "late labels are lost");
  std::vector<bool> is_gone(dataset.examples.size());
  for (std::size_t i = 0; i < settled.size(); ++i) {
    LateLabel& late = settled[i];
    is_gone[late.row] = late.is_left_out || !late.problem.empty();
    if (!late.problem.empty()) {
      const auto& [file, line, lines] = where[i];
      bad.add(
          {dataset.files[static_cast<std::size_t>(file)], line, std::move(late.problem), lines});
    }
    put_label(std::move(late.label), dataset.examples[late.row]);
  }
  std::size_t row = 0;
  std::erase_if(dataset.examples, [&](const auto&) { return is_gone[row++]; });
  for (const std::string& note : labels.notes()) log_info("{}: {}", name, note);
}

/// How many examples have each class, while the classes are not settled.
template <typename Dataset>
std::vector<std::int64_t> count_classes(const Dataset& dataset, std::size_t classes) {
  std::vector<std::int64_t> counts(classes);
  for (const auto& example : dataset.examples) {
    for (const std::int64_t id : example.label_set) ++counts[static_cast<std::size_t>(id)];
  }
  return counts;
}

/// Where all classes read like numbers, they must be whole ones.
/// With `whole` those written as 1.0 are.
template <typename Dataset>
void check_not_decimals(const Dataset& dataset, const LabelNames& names, bool whole) {
  std::vector<bool> is_decimal;
  for (const std::string& name : names.names()) {
    const LabelShape shape = label_shape(name);
    if (shape == LabelShape::name) return;
    const auto value = parse_number(name);
    is_decimal.push_back(shape == LabelShape::decimal &&
                         !(whole && value && std::trunc(*value) == *value));
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

/// Classes 0.0 and 1.0 become 0 and 1: as pandas writes whole numbers where a cell is empty.
template <typename Dataset>
void merge_whole_decimals(Dataset& dataset, LabelReader& labels, const std::string& name) {
  const std::vector<std::string> written = labels.names().names();
  const auto ids = labels.take_whole_decimals();
  if (!ids) return;
  for (auto& example : dataset.examples) {
    example.label = (*ids)[static_cast<std::size_t>(example.label)];
  }
  const auto decimal = std::ranges::find(written, LabelShape::decimal, label_shape);
  log_info("{}: its labels are whole numbers, some written as decimals: \"{}\" is the class \"{}\"",
           name, *decimal,
           labels.names().names()[static_cast<std::size_t>(
               (*ids)[static_cast<std::size_t>(decimal - written.begin())])]);
}

/// Lists of labels in one column: vectors of 0 and 1 become what they say. Where one label was
/// expected, lists are no classes.
template <typename Dataset>
void settle_lists(Dataset& dataset, LabelReader& labels, const std::string& name) {
  const std::vector<std::string>& names = labels.names().names();
  if (dataset.label_kind == LabelKind::single_label && !labels.names_given()) {
    check(!std::all_of(names.begin(), names.end(), looks_like_list), ErrorKind::data,
          "{}: the labels are lists such as \"{}\"; set --problem-type multi_label_classification "
          "where an example may have several labels",
          name, names.front());
  }
  if (dataset.label_kind != LabelKind::multi_label) return;
  if (const auto vectors = labels.take_vectors(name)) {
    check(vectors->size() == dataset.examples.size(), ErrorKind::internal,
          "label vectors are lost");
    for (std::size_t i = 0; i < vectors->size(); ++i) {
      try {
        put_label(labels.label_of((*vectors)[i]), dataset.examples[i]);
      } catch (const RowProblem& problem) {
        fail(ErrorKind::data, "{}: {}", dataset.source_name(static_cast<std::int64_t>(i)),
             problem.reason);
      }
    }
  } else if (!labels.names_given() && !labels.has_parted()) {
    check_label_separator(names, count_classes(dataset, names.size()), name);
  }
}

/// One class per combination of labels is seldom what is meant.
template <typename Dataset>
void warn_of_lists(const Dataset& dataset, const std::string& name) {
  if (dataset.label_kind != LabelKind::single_label) return;
  const auto lists = find_lists_of_labels(dataset.label_names, dataset.class_counts());
  if (!lists) return;
  log_warning("{}: {}; where an example may have several labels, set {}", name, lists->text(),
              lists->advice());
}

/// Gives the classes that were found in the data their final ids.
template <typename Dataset>
void settle_classes(Dataset& dataset, LabelReader& labels, const std::string& name) {
  settle_lists(dataset, labels, name);
  labels.check_served(name);
  if (!labels.names_given()) {
    check_not_decimals(dataset, labels.names(), labels.whole_decimals());
    merge_whole_decimals(dataset, labels, name);
    const auto new_ids = labels.names().sort();
    const auto renumber = [&](std::int64_t id) { return new_ids[static_cast<std::size_t>(id)]; };
    for (auto& example : dataset.examples) {
      if (example.label >= 0) example.label = renumber(example.label);
      for (std::int64_t& id : example.label_set) id = renumber(id);
      std::sort(example.label_set.begin(), example.label_set.end());
    }
  }
  dataset.label_names = labels.names().names();
  const std::string numbers = labels.names().numbers_text();
  if (!numbers.empty()) log_info("{}: its labels are numbers: {}", name, numbers);
  const bool has_classes = dataset.label_kind != LabelKind::regression;
  check(!has_classes || !dataset.label_names.empty(), ErrorKind::data,
        "{}: no row has a label, expected classes in the label column", name);
  if (!labels.names_given()) {
    warn_of_lookalikes(dataset.label_names, name, "labels");
    warn_of_lists(dataset, name);
    check_trainable(dataset, name);
  }
  if (has_classes && dataset.size() >= 20 && labels.names().size() * 2 > dataset.size()) {
    log_warning("{}: {} classes in {} rows; is the label column right?", name,
                labels.names().size(), dataset.size());
  }
}

}  // namespace attune
