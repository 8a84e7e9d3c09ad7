#include "attune/data/readers/row_reader.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/data/readers/csv.h"
#include "attune/data/readers/jsonl.h"
#include "attune/data/readers/lines.h"
#include "attune/data/text/text_folder.h"

namespace attune {
namespace {

constexpr std::size_t kMaxNamesShown = 30;

std::string names_text(std::span<const std::string> names) {
  const auto shown = names.first(std::min(names.size(), kMaxNamesShown));
  return join(shown, ", ") + (shown.size() < names.size() ? ", ..." : "");
}

/// A single "column" that holds another separator is a file read with the wrong one.
std::string separator_hint(std::span<const std::string> columns) {
  if (columns.size() == 1 && columns[0].find_first_of(";\t|,") != std::string::npos) {
    return "; the columns seem to be separated by another character: set the delimiter";
  }
  return "; where the file has no header line, name its columns";
}

}  // namespace

void RowReader::set_columns(std::vector<std::string> columns) {
  columns_ = std::move(columns);
  selected_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) selected_.push_back({columns_[i], i, false});
}

void RowReader::select(std::span<const ColumnRequest> requests) {
  // Built aside: where a column is missing the reader stays as it was.
  std::vector<Selected> selected;
  for (const ColumnRequest& request : requests) {
    const auto found = std::find(columns_.begin(), columns_.end(), request.name);
    check(found != columns_.end(), ErrorKind::data, "{}: no column \"{}\"{}; its columns are: {}{}",
          files_.front(), request.name, did_you_mean(request.name, columns_), names_text(columns_),
          separator_hint(columns_));
    selected.push_back(
        {request.name, static_cast<std::size_t>(found - columns_.begin()), request.allow_array});
  }
  selected_ = std::move(selected);
}

std::string utf8_problem(std::string_view text, std::int64_t line) {
  const auto bad = find_invalid_utf8(text);
  if (!bad) return "";
  // A row may span lines where a quoted cell holds line ends; the byte lies on one of them.
  const auto newlines = std::count(text.begin(), text.begin() + static_cast<long>(*bad), '\n');
  return fmt::format("invalid UTF-8 (byte 0x{:02X} on line {}); save the file as UTF-8",
                     static_cast<unsigned char>(text[*bad]), line + newlines);
}

std::unique_ptr<RowReader> open_rows(const fs::path& path, const ReaderOptions& options) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  const std::string extension = to_lower_ascii(path.extension().string());
  // A folder may be called reviews.csv.
  const bool is_csv = !is_folder && (extension == ".csv" || extension == ".tsv");
  const bool is_lines = !is_folder && extension == ".txt";
  check(is_csv || is_lines || options.column_names.empty(), ErrorKind::user,
        "column names were given for {}, but only .csv, .tsv and .txt files take them",
        path.string());
  if (is_lines) {
    check(options.column_names.size() <= 1, ErrorKind::user,
          "{}: a .txt file has one column, got the names of {}", path.string(),
          options.column_names.size());
    return open_lines(open_file(path),
                      options.column_names.empty() ? "text" : options.column_names.front());
  }
  // What a folder holds decides before its name does.
  if (is_folder) return open_text_folder(path);
  if (is_csv) {
    CsvOptions csv{.quote = options.quote, .column_names = options.column_names};
    csv.delimiter = options.delimiter != '\0' ? options.delimiter
                    : extension == ".tsv"     ? '\t'
                                              : ',';
    return open_csv(open_file(path), csv);
  }
  check(extension == ".jsonl" || extension == ".json", ErrorKind::user,
        "{}: cannot tell the format of a \"{}\" file; expected .csv, .tsv, .jsonl, .txt (a text a "
        "line), or a folder "
        "with a folder of .txt files per class",
        path.string(), extension);
  return open_jsonl(open_file(path));
}

}  // namespace attune
