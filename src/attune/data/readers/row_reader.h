#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/readers/byte_source.h"

namespace attune {

/// One row of a table.
struct Row {
  std::int32_t file = 0;   ///< index into `RowReader::files()`
  std::int64_t line = 0;   ///< line on which the row starts, from 1; 0 where the file is the row
  std::int64_t lines = 1;  ///< that it spans: more where a quoted cell holds line ends
  std::vector<std::string> cells;  ///< valid UTF-8, one per selected column; unset with a problem
  std::string problem;  ///< why the row cannot be used (too few fields, invalid UTF-8 ...), or ""
};

/// A column that a caller wants.
struct ColumnRequest {
  std::string name;
  /// JSONL: an array is given as its JSON text. Otherwise an array makes the row a problem.
  bool allow_array = false;
  /// JSONL: any value is given as its JSON text, and nothing where there is none.
  bool as_json = false;
  /// JSONL: what to do where it holds an array and may not, for the message; may be empty.
  std::string array_hint = {};
  /// JSONL: of an object what this key holds is meant ({"path": "a.wav"}); may be empty.
  std::string member = {};
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
  /// Throws `data` for a missing column, with the columns present and the nearest name, and for one
  /// whose name two columns have.
  void select(std::span<const ColumnRequest> requests);

  /// Whether `ColumnRequest::as_json` is followed; otherwise cells are texts.
  virtual bool gives_json() const { return false; }
  /// What may be wrong where a column is missing: "; the ...", or "".
  virtual std::string missing_column_hint() const { return ""; }
  /// Whether labels are names of folders, which never say that something is missing.
  virtual bool cells_are_names() const { return false; }

  /// Reads the next row into `row`, reusing its memory. False at the end.
  virtual bool next(Row& row) = 0;

 protected:
  struct Selected {
    std::string name;
    std::size_t column;
    bool allow_array, as_json;
    std::string array_hint = {}, member = {};
  };

  /// To be called once by a reader that knows its columns.
  void set_columns(std::vector<std::string> columns);
  /// What the table is called.
  virtual std::string table_name() const { return files_.front(); }

  std::vector<std::string> files_;
  std::vector<std::string> columns_;
  std::vector<Selected> selected_;
};

/// What quotes mean in a table of separated values.
enum class QuoteStyle {
  automatic,  ///< as `doubled`; what looks like quotes that are text is refused
  none,       ///< nothing, as in GLUE's .tsv files
  doubled,    ///< a field may be quoted, and a quote in it is written twice (RFC 4180)
  backslash,  ///< the same, and a backslash takes the next character as it is
};

constexpr auto enum_names(QuoteStyle) {
  return std::to_array<std::pair<QuoteStyle, std::string_view>>(
      {{QuoteStyle::automatic, "auto"},
       {QuoteStyle::none, "none"},
       {QuoteStyle::doubled, "double"},
       {QuoteStyle::backslash, "backslash"}});
}

/// How the rows of a table are written.
enum class TableFormat { automatic, csv, tsv, jsonl, txt };

constexpr auto enum_names(TableFormat) {
  return std::to_array<std::pair<TableFormat, std::string_view>>({{TableFormat::automatic, "auto"},
                                                                  {TableFormat::csv, "csv"},
                                                                  {TableFormat::tsv, "tsv"},
                                                                  {TableFormat::jsonl, "jsonl"},
                                                                  {TableFormat::txt, "txt"}});
}

/// By its ending, without a .gz behind it; `automatic` where that tells nothing.
TableFormat table_format(const fs::path& path);

struct ReaderOptions {
  /// `automatic`: by the file's ending.
  TableFormat format = TableFormat::automatic;
  /// CSV, TSV. '\0': what a first line `sep=X` says; without one a comma (.csv), a tab (.tsv).
  char delimiter = '\0';
  QuoteStyle quote = QuoteStyle::automatic;  ///< CSV, TSV
  /// CSV, TSV, TXT. Not empty: the file has no header line, these are its columns.
  std::vector<std::string> column_names;
  /// See `decode_source`.
  std::string encoding = "utf-8";
};

/// Opens a table by its ending: .csv, .tsv, .jsonl, .ndjson, .json (one object a line, or an array
/// of objects), .txt (column `text`, a line each), each also with .gz behind it; or a folder with a
/// folder of .txt files per class (columns `text` and `label`). Throws `user` for anything else:
/// for Parquet and Excel with the line that converts it.
std::unique_ptr<RowReader> open_rows(const fs::path& path, const ReaderOptions& options = {});

/// A table from a pipe. `automatic`: objects where the first line begins as one, separated values
/// where `column` is among its fields, or is the whole line, else a line of text each.
std::unique_ptr<RowReader> open_rows(std::unique_ptr<ByteSource> source,
                                     const ReaderOptions& options, const std::string& column);

/// "invalid UTF-8 (byte 0xE9 on line 7)" where `text`, which starts on `line`, is ill-formed; ""
/// otherwise.
std::string utf8_problem(std::string_view text, std::int64_t line);

}  // namespace attune
