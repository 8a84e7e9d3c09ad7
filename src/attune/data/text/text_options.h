#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/data/bad_rows.h"

namespace attune {

/// How texts are read from a table and cut. Kept with the saved model: `predict` and `evaluate`
/// read the same columns.
struct TextColumns {
  std::string text_column = "text";
  std::string text_pair_column;
  std::vector<std::string> label_column = {"label"};
  std::string group_column, split_column;
  std::vector<std::string> columns;
  std::string delimiter;
  std::string label_separator = ",";
  std::optional<std::int64_t> max_length;

  template <typename V>
  void visit(V& v) {
    v("text_column", text_column, "Column that holds the text");
    v("text_pair_column", text_pair_column, "Column that holds the second text of a pair");
    v("label_column", label_column,
      "Column that holds the label; for multi-label data one column that lists them, or several of "
      "0 and 1");
    v("group_column", group_column,
      "Column of the author, conversation or source: no group is on both sides of a split");
    v("split_column", split_column,
      "Column that says train, validation or test: a table with it gives these parts");
    v("columns", columns, "Names of the columns of a file without a header line");
    v("delimiter", delimiter, "Separator of columns (default: by the file's ending)");
    v("label_separator", label_separator, "Separator of labels in a multi-label column");
    v("max_length", max_length,
      "Longest input in tokens; longer ones are cut (default: what the model takes)",
      config::at_least(3));
  }
};

/// What a run learns from.
struct TextDataOptions {
  std::string train_file, validation_file, test_file;
  std::optional<double> validation_split;
  std::optional<std::int64_t> folds;
  std::vector<std::string> labels;
  OnBadRow on_bad_row = OnBadRow::error;

  template <typename V>
  void visit(V& v) {
    v("train_file", train_file, "CSV, TSV or JSONL file, or a folder with a folder per class");
    v("validation_file", validation_file, "Data to evaluate on during training");
    v("validation_split", validation_split,
      "Share of the training data to hold out for evaluation, stratified by label, groups kept "
      "whole",
      config::Bounds{.min = 0, .max = 1, .min_is_open = true, .max_is_open = true});
    v("folds", folds,
      "Cross-validation: train this many times, each time with another part of the training data "
      "held out; results of all parts are pooled",
      config::in_range(2, 100));
    v("test_file", test_file, "Data to evaluate the final model on");
    v("labels", labels, "Names of the labels in the order of their ids (default: from the data)");
    v("on_bad_row", on_bad_row, "Stop at rows that cannot be used, or leave them out");
  }
};

}  // namespace attune
