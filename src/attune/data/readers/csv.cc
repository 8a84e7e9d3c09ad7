#include "attune/data/readers/csv.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

constexpr std::size_t kMaxColumns = 16384;

/// Where a field lies in the record's bytes, without its quotes.
struct Field {
  std::size_t begin, end;
  bool has_doubled_quotes;
};

/// One record as found by `CsvScanner`.
struct Record {
  std::vector<Field> fields;  ///< at most as many as asked for
  std::size_t field_count = 0;
  std::size_t bytes = 0;        ///< with its line end
  std::size_t stray_field = 0;  ///< from 1: has text behind its closing quote; 0: none
  bool has_quotes = false;
};

/// Finds one record at the start of a text. Knows nothing of columns or files.
class CsvScanner {
 public:
  CsvScanner(char delimiter, char quote) : delimiter_(delimiter), quote_(quote) {
    for (const char c : {delimiter, '\n', '\r'}) ends_field_[static_cast<unsigned char>(c)] = true;
  }

  enum class Result { complete, needs_more, unclosed_quote };

  /// `is_all`: nothing follows `text`. Keeps at most `max_fields` fields, counts the rest.
  /// With `unclosed_quote`, `record.bytes` is where the quote is.
  Result scan(std::string_view text, bool is_all, std::size_t max_fields, Record& record) const {
    record.fields.clear();
    record.field_count = record.stray_field = 0;
    record.has_quotes = false;
    for (std::size_t position = 0;; ++position) {
      const Result result = scan_field(text, is_all, max_fields, position, record);
      if (result != Result::complete) return result;
      if (position == text.size()) {
        record.bytes = position;
        return is_all ? Result::complete : Result::needs_more;
      }
      if (text[position] == delimiter_) continue;
      // Whether a line feed follows, which belongs to this record then, is not known yet.
      if (text[position] == '\r' && position + 1 == text.size() && !is_all) {
        return Result::needs_more;
      }
      const bool is_crlf = text.substr(position, 2) == "\r\n";
      record.bytes = position + (is_crlf ? 2 : 1);
      return Result::complete;
    }
  }

 private:
  /// Moves `position` to the delimiter or line end behind the field, or to the end of the text.
  Result scan_field(std::string_view text, bool is_all, std::size_t max_fields,
                    std::size_t& position, Record& record) const {
    Field field{position, position, false};
    const bool is_quoted = quote_ != '\0' && position < text.size() && text[position] == quote_;
    if (is_quoted) {
      const Result result = scan_quoted(text, is_all, position, field);
      if (result == Result::unclosed_quote) record.bytes = field.begin - 1;
      if (result != Result::complete) return result;
      record.has_quotes = true;
    }
    const std::size_t behind_quote = position;
    while (position < text.size() && !ends_field_[static_cast<unsigned char>(text[position])]) {
      ++position;
    }
    if (!is_quoted) {
      field.end = position;
    } else if (position != behind_quote && record.stray_field == 0) {
      record.stray_field = record.field_count + 1;
    }
    if (record.field_count++ < max_fields) record.fields.push_back(field);
    return Result::complete;
  }

  Result scan_quoted(std::string_view text, bool is_all, std::size_t& position,
                     Field& field) const {
    field.begin = ++position;
    for (;; position += 2) {
      position = text.find(quote_, position);
      if (position == std::string_view::npos) {
        return is_all ? Result::unclosed_quote : Result::needs_more;
      }
      // The second of two quotes may lie in the next chunk.
      if (position + 1 == text.size() && !is_all) return Result::needs_more;
      if (position + 1 == text.size() || text[position + 1] != quote_) break;
      field.has_doubled_quotes = true;
    }
    field.end = position++;
    return Result::complete;
  }

  char delimiter_, quote_;
  std::array<bool, 256> ends_field_{};
};

/// Lines as an editor counts them: LF, CRLF and CR each end one.
std::int64_t count_line_ends(std::string_view text) {
  auto count = std::count(text.begin(), text.end(), '\n');
  for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
    count += at + 1 == text.size() || text[at + 1] != '\n';
  }
  return count;
}

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, const CsvOptions& options)
      : window_(std::move(source), options.chunk_bytes),
        scanner_(options.delimiter, options.quote),
        quote_(options.quote) {
    files_.push_back(window_.name());
    if (options.column_names.empty()) {
      read_header();
    } else {
      check_names(options.column_names, ErrorKind::user, "the given column names");
      set_columns(options.column_names);
    }
  }

  bool next(Row& row) override {
    row.problem.clear();
    row.file = 0;
    if (!next_record(columns_.size())) return false;
    row.line = record_line_;
    row.problem = find_problem();
    row.cells.resize(row.problem.empty() ? selected_.size() : 0);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      assign_field(record_.fields[selected_[i].column], row.cells[i]);
    }
    window_.consume(record_.bytes);
    return true;
  }

 private:
  void read_header() {
    check(next_record(kMaxColumns + 1), ErrorKind::data,
          "{}: the file is empty, expected a header line with the names of its columns",
          window_.name());
    const std::string where = fmt::format("{}:{}", window_.name(), record_line_);
    std::string problem = utf8_problem(raw(), record_line_);
    check(problem.empty(), ErrorKind::data, "{}: the header has {}", where, problem);
    check(record_.stray_field == 0, ErrorKind::data,
          "{}: the header's field {} has text behind its closing quote", where,
          record_.stray_field);
    check(record_.field_count <= kMaxColumns, ErrorKind::data,
          "{}: the header has {} fields, expected at most {}", where, record_.field_count,
          kMaxColumns);
    std::vector<std::string> names(record_.fields.size());
    for (std::size_t i = 0; i < names.size(); ++i) assign_field(record_.fields[i], names[i]);
    // Headers are written by hand, with blanks behind the commas.
    for (std::string& name : names) name = std::string(trim(name));
    check_names(names, ErrorKind::data, where + ": the header");
    window_.consume(record_.bytes);
    set_columns(std::move(names));
  }

  static void check_names(const std::vector<std::string>& names, ErrorKind kind,
                          const std::string& where) {
    std::set<std::string_view> seen;
    for (const std::string& name : names) {  // pandas writes its index under an empty name
      check(name.empty() || seen.insert(name).second, kind, "{} names the column \"{}\" twice",
            where, name);
    }
  }

  /// Puts the next record into `record_` without consuming it; skips blank lines.
  bool next_record(std::size_t max_fields) {
    using Result = CsvScanner::Result;
    record_line_ = line_;
    for (;;) {
      if (window_.rest().empty() && !window_.refill(line_)) return false;
      switch (scanner_.scan(window_.rest(), window_.at_end(), max_fields, record_)) {
        case Result::needs_more:
          window_.refill(line_);
          continue;
        case Result::unclosed_quote:
          fail_unclosed();
        case Result::complete:
          break;
      }
      line_ += record_.has_quotes ? count_line_ends(raw()) : 1;
      const bool is_blank = raw() == "\n" || raw() == "\r\n" || raw() == "\r";
      if (!is_blank) return true;
      window_.consume(record_.bytes);
      record_line_ = line_;
    }
  }

  [[noreturn]] void fail_unclosed() {
    const auto line = line_ + count_line_ends(raw());
    fail(ErrorKind::data,
         "{}:{}: the quote that opens here (field {}) never closes; close it, double a quote that "
         "is text, or read the file without quotes",
         window_.name(), line, record_.field_count + 1);
  }

  std::string_view raw() const { return window_.rest().substr(0, record_.bytes); }

  std::string find_problem() const {
    if (record_.stray_field != 0) {
      return fmt::format("field {} has text behind its closing quote; double quotes that are text",
                         record_.stray_field);
    }
    if (record_.field_count != columns_.size()) {
      return fmt::format(
          "{} field{}, expected {}{}", record_.field_count, record_.field_count == 1 ? "" : "s",
          columns_.size(),
          record_.field_count > columns_.size() ? "; quote a field that holds the separator" : "");
    }
    return utf8_problem(raw(), record_line_);
  }

  void assign_field(const Field& field, std::string& cell) const {
    const std::string_view text = raw().substr(field.begin, field.end - field.begin);
    // Nearly every field: copied as it lies, nothing to undo.
    if (!field.has_doubled_quotes) {
      cell.assign(text);
      return;
    }
    cell.clear();
    for (std::size_t begin = 0; begin < text.size();) {
      const auto quote = std::min(text.find(quote_, begin), text.size() - 1);
      cell.append(text, begin, quote + 1 - begin);
      begin = quote + (text[quote] == quote_ ? 2 : 1);
    }
  }

  RecordWindow window_;
  CsvScanner scanner_;
  Record record_;
  std::int64_t line_ = 1, record_line_ = 1;
  char quote_;
};

}  // namespace

std::unique_ptr<RowReader> open_csv(std::unique_ptr<ByteSource> source, const CsvOptions& options) {
  const char delimiter = options.delimiter;
  check(delimiter != '\0' && delimiter != '\n' && delimiter != '\r' && delimiter != options.quote &&
            options.quote != '\n' && options.quote != '\r',
        ErrorKind::user,
        "the delimiter and the quote of a CSV file must be two characters other than line ends");
  return std::make_unique<CsvReader>(std::move(source), options);
}

}  // namespace attune
