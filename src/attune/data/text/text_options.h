#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"
#include "attune/data/bad_rows.h"
#include "attune/data/readers/table_options.h"
#include "attune/data/split/split_options.h"

namespace attune {

/// How texts are read from a table and cut. Kept with the saved model: `predict` and `evaluate`
/// read the same columns.
struct TextColumns {
  std::string text_column = "text";
  std::string text_pair_column;
  std::vector<std::string> label_column = {"label"};
  SplitColumns division;
  TableOptions table;
  std::string label_separator = ",";
  std::optional<std::int64_t> max_length;

  template <typename V>
  void visit(V& v) {
    visit_labelled(v);
    division.visit_group(v, "author, conversation or source");
  }
  /// Without what only training uses.
  template <typename V>
  void visit_labelled(V& v) {
    visit_texts(v);
    v("label_column", label_column,
      "Column that holds the label; for multi-label data one column that lists them, or several of "
      "0 and 1")
        .only_for({kDelimitedTable, kJsonTable});
    v("label_separator", label_separator, "Separator of labels in a multi-label column")
        .only_for({kDelimitedTable, kJsonTable, kSeveralLabels});
    division.visit_split(v);
  }
  /// What reading texts without labels needs.
  template <typename V>
  void visit_texts(V& v) {
    v("text_column", text_column, "Column that holds the text")
        .only_for({kDelimitedTable, kJsonTable});
    v("text_pair_column", text_pair_column, "Column that holds the second text of a pair")
        .only_for({kDelimitedTable, kJsonTable});
    table.visit(v);
    v("max_length", max_length,
      "Longest input in tokens; longer ones are cut (default: what the model takes)",
      config::at_least(3));
  }
};

/// What a run learns from.
struct TextDataOptions {
  std::string train_file, validation_file, test_file;
  SplitOptions split;
  EncodingOption encoding;
  std::vector<std::string> labels;
  OnBadRow on_bad_row = OnBadRow::error;

  template <typename V>
  void visit(V& v) {
    v("train_file", train_file,
      "CSV, TSV, JSONL or JSON file (also as .gz), or a folder with a folder per class");
    v("validation_file", validation_file, "Data to evaluate on during training");
    split.visit(v);
    v("test_file", test_file, "Data to evaluate the final model on");
    encoding.visit(v);
    v("labels", labels, "Names of the labels in the order of their ids (default: from the data)");
    v("on_bad_row", on_bad_row, "Stop at rows that cannot be used, or leave them out");
  }
};

}  // namespace attune
