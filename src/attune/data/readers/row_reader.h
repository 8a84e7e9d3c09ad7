#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// One row of a table.
struct Row {
  std::int32_t file = 0;  ///< index into `RowReader::files()`
  std::int64_t line = 0;  ///< line on which the row starts, from 1; 0 where the file is the row
  std::vector<std::string> cells;  ///< valid UTF-8, one per selected column; unset with a problem
  std::string problem;  ///< why the row cannot be used (too few fields, invalid UTF-8 ...), or ""
};

/// A column that a caller wants.
struct ColumnRequest {
  std::string name;
  /// JSONL: an array is given as its JSON text. Otherwise an array makes the row a problem.
  bool allow_array = false;
};

/// Streams the rows of a table that comes from elsewhere. Memory is bounded by the longest row.
/// A row that cannot be used is still delivered, with its `problem`, so that the caller can report
/// all of them; what makes the rest unreadable (a quote that never closes) throws `data`.
class RowReader {
 public:
  virtual ~RowReader() = default;

  /// All column names. JSONL: the keys of the first lines, in order of appearance.
  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<std::string>& files() const { return files_; }

  /// Makes rows hold exactly these columns, in this order; without it they hold all of them.
  /// Throws `data` for a missing column, with the columns present and the nearest name.
  void select(std::span<const ColumnRequest> requests);

  /// Reads the next row into `row`, reusing its memory. False at the end.
  virtual bool next(Row& row) = 0;

 protected:
  struct Selected {
    std::string name;
    std::size_t column;
    bool allow_array;
  };

  /// To be called once by a reader that knows its columns.
  void set_columns(std::vector<std::string> columns);

  std::vector<std::string> files_;
  std::vector<std::string> columns_;
  std::vector<Selected> selected_;
};

struct ReaderOptions {
  /// CSV, TSV. '\0': a comma for .csv, a tab for .tsv.
  char delimiter = '\0';
  /// CSV, TSV. '\0': quotes have no meaning (as in GLUE's .tsv files).
  char quote = '"';
  /// CSV, TSV, TXT. Not empty: the file has no header line, these are its columns.
  std::vector<std::string> column_names;
};

/// Opens a table by its kind: .csv, .tsv, .jsonl, .json (one object a line), .txt (column `text`, a
/// line each), or a folder with a
/// folder of .txt files per class (columns `text` and `label`). Throws `user` for anything else.
std::unique_ptr<RowReader> open_rows(const fs::path& path, const ReaderOptions& options = {});

/// "invalid UTF-8 (byte 0xE9 on line 7)" where `text`, which starts on `line`, is ill-formed; ""
/// otherwise.
std::string utf8_problem(std::string_view text, std::int64_t line);

}  // namespace attune
