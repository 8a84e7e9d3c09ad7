#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/data/image/image_dataset.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// Which columns of a table of pictures hold what.
struct ImageColumns {
  std::string image_column = "path";
  /// One column; for `multi_label` one column that lists the classes of a row, or several, each
  /// named after its class and holding 0 or 1, or nothing where it is not known.
  std::vector<std::string> label_columns = {"label"};
  std::string split_column;  ///< "": the table gives no splits
  std::string group_column;  ///< "": every picture is a group of its own
  std::vector<std::string> subgroup_columns;
};

struct ImageManifestOptions {
  ReaderOptions reader;
  ImageColumns columns;
  LabelKind label_kind = LabelKind::single_label;
  std::vector<std::string> label_names;  ///< by id; empty: taken from the data, sorted
  bool label_numbers = false;            ///< see LabelOptions::numbers
  char label_separator = ',';
  bool keep_default_na = true;                      ///< see `LabelOptions`
  std::optional<UncertainLabels> uncertain_labels;  ///< see `LabelOptions`
  std::optional<BlankLabels> blank_labels;
  std::string image_suffix;  ///< put behind names that lack it; "": none
  /// What paths are relative to. "": the table's folder.
  fs::path root;
  OnBadRow on_bad_row = OnBadRow::error;
};

/// Reads a table (see `open_rows`) that names pictures, with / or \\ between folders. No picture is
/// opened. A row is bad where
/// its path is empty, leaves the root or names no file, its label is not among the names, its split
/// is none of train, validation and test, or its group is empty. Rows of one file are joined
/// (`join_rows_of_a_file`). Throws `data` as
/// `load_text_dataset` does, and where a group is in two of the given splits; `user` where the root
/// is no folder.
ImageDataset read_image_manifest(const fs::path& path, const ImageManifestOptions& options);

/// The same from any source of rows; `root` of the options must be set.
ImageDataset read_image_rows(RowReader& rows, const std::string& name,
                             const ImageManifestOptions& options);

}  // namespace attune
