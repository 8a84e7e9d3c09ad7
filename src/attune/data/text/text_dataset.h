#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/bad_rows.h"
#include "attune/data/labels/labels.h"
#include "attune/data/readers/row_reader.h"
#include "attune/data/split/given_split.h"

namespace attune {

/// Where an example comes from.
struct SourceId {
  std::int32_t file = 0;  ///< index into `TextDataset::files`
  std::int64_t line = 0;  ///< from 1; 0: the whole file
};

/// One text, or pair of texts, and its label; which of the label fields is set is the dataset's
/// `label_kind`.
struct TextExample {
  std::string text;
  std::optional<std::string> text_pair;
  std::int64_t label = -1;              ///< single_label: class id
  std::vector<std::int64_t> label_set;  ///< multi_label: class ids, ascending; may be empty
  double target = 0;                    ///< regression
  SourceId source;
  std::string group;  ///< author, conversation, product ...; "": a group of its own
  GivenSplit split = GivenSplit::none;
};

/// Labelled texts in memory.
struct TextDataset {
  static constexpr const char* kUnit = "texts";

  LabelKind label_kind = LabelKind::none;
  std::vector<std::string> label_names;  ///< by class id; empty for `none` and `regression`
  std::vector<TextExample> examples;
  std::vector<std::string> files;
  std::vector<BadRow> bad_rows;  ///< rows left out by `OnBadRow::skip`

  std::int64_t size() const { return static_cast<std::int64_t>(examples.size()); }
  /// "train.csv:17", for messages. Requires `0 <= example < size()`.
  std::string source_name(std::int64_t example) const;
  /// The class of every example. Requires `single_label`.
  std::vector<std::int64_t> class_ids() const;
  /// How many examples have each class. Requires `single_label` or `multi_label`.
  std::vector<std::int64_t> class_counts() const;
  /// One row of an example's multi-label target: 1 where it has the class, else 0.
  std::vector<float> label_row(std::int64_t example) const;
  /// The given examples, in the given order, without the bad rows.
  TextDataset subset(std::span<const std::int64_t> chosen) const;
  /// The examples that the data gives to `split`, in order, without the bad rows.
  TextDataset part(GivenSplit split) const;
  /// Takes over what was left out when `whole`, of which this is a part, was read.
  void take_left_out(TextDataset& whole);
};

/// Which columns hold what.
struct ColumnMapping {
  std::string text_column = "text";
  std::string text_pair_column;  ///< "": single texts
  /// One column; for `multi_label` one column that lists the classes of a row, or several, each
  /// named after its class and holding 0/1 or false/true. Not read for `LabelKind::none`.
  std::vector<std::string> label_columns = {"label"};
  std::string group_column;  ///< "": every text is a group of its own
  std::string split_column;  ///< "": the table gives no splits
  /// A table without the column has no groups, or splits; otherwise it is refused.
  bool may_lack_group = false, may_lack_split = false;
};

/// Throws `user`, naming the options, where one column is to be two of text, second text and label.
void check_columns_apart(const ColumnMapping& columns, LabelKind kind);

struct TextDatasetOptions {
  ReaderOptions reader;
  ColumnMapping columns;
  LabelKind label_kind = LabelKind::single_label;
  /// The classes in the order of their ids. Empty: taken from the data, sorted (whole numbers by
  /// value). Give the training set's when reading the validation and test sets.
  std::vector<std::string> label_names;
  bool label_numbers = false;  ///< see LabelOptions::numbers
  /// multi_label with one column: separates the classes, e.g. "sport,politics". A cell that starts
  /// with '[' is a JSON array instead.
  char label_separator = ',';
  bool keep_default_na = true;  ///< see `LabelOptions`
  OnBadRow on_bad_row = OnBadRow::error;
};

/// Reads a table (see `open_rows`) into examples. Space around labels does not count.
/// A row is bad where its reader says so, a text, label or group is empty, a label is not among the
/// given names or not a number (regression), its split is none of train, validation and test.
/// Throws `data` for a missing column, no usable row, class labels that are decimals, fewer than
/// two classes in the data, a group in two of the given splits, and, with `OnBadRow::error`, for
/// bad rows: one error with the first twenty (FILE:LINE) and their count.
TextDataset load_text_dataset(const fs::path& path, const TextDatasetOptions& options);

/// The same from any source of rows; `name` is used in messages.
TextDataset read_text_dataset(RowReader& rows, const std::string& name,
                              const TextDatasetOptions& options);

/// Throws `data` unless at least two classes have an example (single_label; others pass): a
/// training set needs them even where the names were given.
void check_trainable(const TextDataset& dataset, const std::string& name);

}  // namespace attune
