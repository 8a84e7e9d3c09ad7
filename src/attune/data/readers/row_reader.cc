#include "attune/data/readers/row_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/data/readers/csv.h"
#include "attune/data/readers/encoding.h"
#include "attune/data/readers/gzip_source.h"
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

std::string columns_text(std::span<const std::string> names) {
  const auto is_named = [](const std::string& name) { return !name.empty(); };
  return std::any_of(names.begin(), names.end(), is_named) ? "its columns are: " + names_text(names)
                                                           : "none of its columns has a name";
}

/// By the ending, in small letters and without .gz.
/// In lower case, that of "x.csv.gz" without the last.
std::string table_extension(const fs::path& path) {
  const std::string extension = to_lower_ascii(path.extension().string());
  return extension == ".gz" ? to_lower_ascii(path.stem().extension().string()) : extension;
}

/// Formats that pandas reads and this does not: what to type is better than what is wrong.
[[noreturn]] void refuse_format(const std::string& path, const std::string& extension) {
  struct Converter {
    std::string_view extension, function;
  };
  constexpr std::array<Converter, 8> kConverters = {{{".parquet", "read_parquet"},
                                                     {".pq", "read_parquet"},
                                                     {".feather", "read_feather"},
                                                     {".arrow", "read_feather"},
                                                     {".orc", "read_orc"},
                                                     {".xlsx", "read_excel"},
                                                     {".xls", "read_excel"},
                                                     {".ods", "read_excel"}}};
  for (const auto& [ending, function] : kConverters) {
    if (extension != ending) continue;
    const std::string stem = path.substr(0, path.size() - extension.size());
    fail(ErrorKind::user,
         "{}: {} files are not read here; convert it: python3 -c \"import pandas; "
         "pandas.{}('{}').to_json('{}.jsonl', orient='records', lines=True)\"",
         path, extension, function, path, stem);
  }
  fail(ErrorKind::user,
       "{}: cannot tell the format of a \"{}\" file; expected .csv, .tsv, .jsonl, .json, .txt (a "
       "text a line), each also as .gz, or a folder with a folder of .txt files per class",
       path, extension);
}

/// Of a pipe, which has no ending.
TableFormat guess_format(std::string_view first_line, char delimiter, const std::string& column) {
  if (first_line.starts_with("\xEF\xBB\xBF")) first_line.remove_prefix(3);
  first_line = trim(first_line);
  if (first_line.starts_with('{') || first_line.starts_with('[')) return TableFormat::jsonl;
  for (const auto& [separator, format] :
       {std::pair{delimiter != '\0' ? delimiter : ',', TableFormat::csv},
        {'\t', TableFormat::tsv}}) {
    std::vector<std::string> names = split(first_line, separator);
    for (std::string& name : names) {
      name = trim(name);
      if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) {
        name = name.substr(1, name.size() - 2);
      }
    }
    // A line that is nothing but the column's name is a header too, not a text.
    if (std::find(names.begin(), names.end(), column) != names.end()) return format;
  }
  return TableFormat::txt;
}

/// `source` is decompressed and decoded; `format` is known.
std::unique_ptr<RowReader> open_table(std::unique_ptr<ByteSource> source, TableFormat format,
                                      const ReaderOptions& options) {
  const std::string name = source->name();
  check(format != TableFormat::jsonl || options.column_names.empty(), ErrorKind::user,
        "column names were given for {}, but only .csv, .tsv and .txt files take them", name);
  if (format == TableFormat::jsonl) return open_jsonl(std::move(source));
  if (format == TableFormat::txt) {
    check(options.column_names.size() <= 1, ErrorKind::user,
          "{}: a .txt file has one column, got the names of {}", name, options.column_names.size());
    return open_lines(std::move(source),
                      options.column_names.empty() ? "text" : options.column_names.front());
  }
  return open_csv(std::move(source), {.delimiter = options.delimiter,
                                      .usual_delimiter = format == TableFormat::tsv ? '\t' : ',',
                                      .quote = options.quote,
                                      .column_names = options.column_names});
}

}  // namespace

TableFormat table_format(const fs::path& path) {
  const std::string extension = table_extension(path);
  if (extension == ".csv") return TableFormat::csv;
  if (extension == ".tsv") return TableFormat::tsv;
  if (extension == ".txt") return TableFormat::txt;
  if (extension == ".jsonl" || extension == ".json" || extension == ".ndjson") {
    return TableFormat::jsonl;
  }
  return TableFormat::automatic;
}

void RowReader::set_columns(std::vector<std::string> columns) {
  columns_ = std::move(columns);
  selected_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i)
    selected_.push_back({columns_[i], i, false, false, ""});
}

void RowReader::select(std::span<const ColumnRequest> requests) {
  // Built aside: where a column is missing the reader stays as it was.
  std::vector<Selected> selected;
  for (const ColumnRequest& request : requests) {
    const auto found = std::find(columns_.begin(), columns_.end(), request.name);
    check(found != columns_.end(), ErrorKind::data, "{}: no column \"{}\"{}; {}{}", table_name(),
          request.name, did_you_mean(request.name, columns_), columns_text(columns_),
          missing_column_hint());
    // Which of the two is meant nobody can tell; where nobody asks, it does not matter.
    const auto again = std::find(found + 1, columns_.end(), request.name);
    check(again == columns_.end(), ErrorKind::data,
          "{}: the columns {} and {} are both named \"{}\"; rename one of them", table_name(),
          found - columns_.begin() + 1, again - columns_.begin() + 1, request.name);
    selected.push_back({request.name, static_cast<std::size_t>(found - columns_.begin()),
                        request.allow_array, request.as_json, request.array_hint, request.member});
  }
  selected_ = std::move(selected);
}

std::string utf8_problem(std::string_view text, std::int64_t line) {
  const auto bad = find_invalid_utf8(text);
  if (!bad) return "";
  // A row may span lines where a quoted cell holds line ends; the byte lies on one of them.
  const auto newlines = std::count(text.begin(), text.begin() + static_cast<long>(*bad), '\n');
  return fmt::format(
      "invalid UTF-8 (byte 0x{:02X} on line {}); save the file as UTF-8, or name its "
      "encoding, e.g. --encoding cp1252",
      static_cast<unsigned char>(text[*bad]), line + newlines);
}

std::unique_ptr<RowReader> open_rows(const fs::path& path, const ReaderOptions& options) {
  std::error_code ignored;
  // What a folder holds decides before its name does: it may be called reviews.csv.
  if (fs::is_directory(path, ignored)) {
    check(options.column_names.empty(), ErrorKind::user,
          "column names were given for {}, but a folder of class folders has none: its columns are "
          "text and label",
          path.string());
    return open_text_folder(path, options.encoding);
  }
  const TableFormat format =
      options.format != TableFormat::automatic ? options.format : table_format(path);
  // Without a file its ending is no matter: opening tells.
  if (format == TableFormat::automatic && fs::exists(path, ignored))
    refuse_format(path.string(), table_extension(path));
  std::unique_ptr<ByteSource> source = open_file(path);
  if (to_lower_ascii(path.extension().string()) == ".gz")
    source = inflate_source(std::move(source));
  return open_table(decode_source(std::move(source), options.encoding), format, options);
}

std::unique_ptr<RowReader> open_rows(std::unique_ptr<ByteSource> source,
                                     const ReaderOptions& options, const std::string& column) {
  auto peeked = std::make_unique<PeekedSource>(decode_source(std::move(source), options.encoding));
  TableFormat format = options.format;
  if (format == TableFormat::automatic && !options.column_names.empty()) format = TableFormat::csv;
  if (format == TableFormat::automatic) {
    format = guess_format(peeked->first_line(), options.delimiter, column);
  }
  ReaderOptions known = options;
  if (format == TableFormat::txt && known.column_names.empty()) known.column_names = {column};
  return open_table(std::move(peeked), format, known);
}

}  // namespace attune
