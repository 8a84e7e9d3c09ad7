#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "attune/config/field.h"
#include "attune/data/source_traits.h"

namespace attune {

/// Columns by which a table says how it is divided. Kept with the saved model.
struct SplitColumns {
  std::string split_column;  ///< "": the table gives no splits
  std::string group_column;  ///< "": every example is a group of its own

  template <typename V>
  void visit_split(V& v) {
    v("split_column", split_column,
      "Column that says train, validation or test: a table with it gives these parts")
        .only_for({kDelimitedTable, kJsonTable});
  }
  /// `groups`: what a group may be, for people: "patient, site or source".
  template <typename V>
  void visit_group(V& v, const std::string& groups) {
    v("group_column", group_column,
      "Column of the " + groups + ": no group is on both sides of a split")
        .only_for({kDelimitedTable, kJsonTable});
  }
};

/// How training data that have no classes are divided where they do not say it.
struct HoldOutOption {
  std::optional<double> validation_split;

  /// `groups`: what stays whole, for people: "speakers".
  template <typename V>
  void visit(V& v, const std::string& groups) {
    v("validation_split", validation_split,
      "Share of the training data to hold out for evaluation; " + groups +
          " that are known are kept whole",
      config::Bounds{.min = 0, .max = 1, .min_is_open = true, .max_is_open = true});
  }
};

/// How the training data are divided where they do not say it.
struct SplitOptions {
  std::optional<double> validation_split;
  std::optional<std::int64_t> folds;

  template <typename V>
  void visit(V& v) {
    v("validation_split", validation_split,
      "Share of the training data to hold out for evaluation, stratified by label, groups kept "
      "whole",
      config::Bounds{.min = 0, .max = 1, .min_is_open = true, .max_is_open = true});
    v("folds", folds,
      "Cross-validation: train this many times, each time with another part of the training data "
      "held out; results of all parts are pooled",
      config::in_range(2, 100));
  }
};

}  // namespace attune
