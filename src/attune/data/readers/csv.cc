#include "attune/data/readers/csv.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

constexpr std::size_t kMaxColumns = 16384;
constexpr char kQuote = '"';

/// Where a field lies in the record's bytes, without its quotes.
struct Field {
  std::size_t begin, end;
  bool is_quoted;
  bool has_escapes;  ///< doubled quotes or backslashes to undo
};

/// One record as found by `CsvScanner`.
struct Record {
  std::vector<Field> fields;  ///< at most as many as asked for
  std::size_t field_count = 0;
  std::size_t bytes = 0;        ///< with its line end
  std::size_t stray_field = 0;  ///< from 1: has text behind its closing quote; 0: none
  bool may_span_lines = false;
};

/// Finds one record at the start of a text. Knows nothing of columns or files.
class CsvScanner {
 public:
  CsvScanner(char delimiter, QuoteStyle style)
      : delimiter_(delimiter),
        has_quotes_(style != QuoteStyle::none),
        has_backslashes_(style == QuoteStyle::backslash) {
    for (const char c : {delimiter, '\n', '\r'}) ends_field_[static_cast<unsigned char>(c)] = true;
  }

  enum class Result { complete, needs_more, unclosed_quote };

  /// `is_all`: nothing follows `text`. Keeps at most `max_fields` fields, counts the rest.
  /// With `unclosed_quote`, `record.bytes` is where the quote is.
  Result scan(std::string_view text, bool is_all, std::size_t max_fields, Record& record) const {
    record.fields.clear();
    record.field_count = record.stray_field = 0;
    record.may_span_lines = false;
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
    Field field{position, position, false, false};
    field.is_quoted = has_quotes_ && position < text.size() && text[position] == kQuote;
    if (field.is_quoted) {
      const Result result = scan_quoted(text, is_all, position, field);
      if (result == Result::unclosed_quote) record.bytes = field.begin - 1;
      if (result != Result::complete) return result;
      record.may_span_lines = true;
    }
    const std::size_t behind_quote = position;
    while (position < text.size() && !ends_field_[static_cast<unsigned char>(text[position])]) {
      if (has_backslashes_ && text[position] == '\\') {
        // What it escapes may lie in the next chunk.
        if (position + 1 >= text.size() && !is_all) return Result::needs_more;
        field.has_escapes = record.may_span_lines = true;
        position = std::min(position + 1, text.size() - 1);
      }
      ++position;
    }
    if (!field.is_quoted) {
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
      position =
          has_backslashes_ ? text.find_first_of("\"\\", position) : text.find(kQuote, position);
      if (position == std::string_view::npos) {
        return is_all ? Result::unclosed_quote : Result::needs_more;
      }
      // The second of two quotes, or what a backslash escapes, may lie in the next chunk.
      if (position + 1 == text.size() && !is_all) return Result::needs_more;
      const bool is_escape = text[position] == '\\';
      if (is_escape && position + 1 == text.size()) return Result::unclosed_quote;
      if (!is_escape && (position + 1 == text.size() || text[position + 1] != kQuote)) break;
      field.has_escapes = true;
    }
    field.end = position++;
    return Result::complete;
  }

  char delimiter_;
  bool has_quotes_, has_backslashes_;
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

/// Whether `line`, read without quotes, has `columns` fields as a row has them. In prose a blank or
/// the line's end follows a comma, in a table a value does.
bool is_whole_row(std::string_view line, char delimiter, std::size_t columns) {
  std::size_t fields = 1;
  for (auto at = line.find(delimiter); at != std::string_view::npos;
       at = line.find(delimiter, at + 1)) {
    const std::string_view next = line.substr(at + 1, 1);
    if (delimiter != '\t' && (next.empty() || next == " " || next[0] == delimiter)) return false;
    ++fields;
  }
  return fields == columns;
}

/// Whether each of the lines of `text` would be a row of `columns` fields if quotes were text.
bool are_whole_rows(std::string_view text, char delimiter, std::size_t columns) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    if (!is_whole_row(text.substr(0, end), delimiter, columns)) return false;
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(text.size(), 1));
  }
  return true;
}

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, const CsvOptions& options)
      : window_(std::move(source), options.chunk_bytes),
        quote_(options.quote),
        delimiter_(find_delimiter(options)),
        scanner_(delimiter_, options.quote) {
    files_.push_back(window_.name());
    if (options.column_names.empty()) {
      read_header();
    } else {
      set_columns(options.column_names);
    }
  }

  bool next(Row& row) override {
    row.problem.clear();
    row.file = 0;
    if (!next_record(columns_.size())) return false;
    row.line = record_line_;
    row.lines = line_ - record_line_;
    if (row.lines > 1) refuse_swallowed_rows();
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
    window_.consume(record_.bytes);
    set_columns(std::move(names));
  }

  /// Skips a first line `sep=X`, and follows it unless the options know better.
  char find_delimiter(const CsvOptions& options) {
    constexpr std::string_view kKey = "sep=";
    while (window_.rest().size() < 2 * kKey.size() && window_.refill(1)) {
    }
    std::string_view rest = window_.rest();
    const bool is_quoted = rest.starts_with(kQuote);
    if (is_quoted) rest.remove_prefix(1);
    const char usual = options.delimiter != '\0' ? options.delimiter : options.usual_delimiter;
    if (!rest.starts_with(kKey) || rest.size() < kKey.size() + 1) return usual;
    const char told = rest[kKey.size()];
    rest.remove_prefix(kKey.size() + 1);
    if (is_quoted && rest.starts_with(kQuote)) rest.remove_prefix(1);
    const std::size_t end = rest.starts_with("\r\n")                           ? 2
                            : rest.starts_with('\n') || rest.starts_with('\r') ? 1
                                                                               : 0;
    if (end == 0 || told == kQuote || told == '\n' || told == '\r') return usual;
    window_.consume(window_.rest().size() - rest.size() + end);
    ++line_;
    return options.delimiter != '\0' ? usual : told;
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
      line_ += lines_of(raw());
      const bool is_blank = raw() == "\n" || raw() == "\r\n" || raw() == "\r";
      if (!is_blank) return true;
      window_.consume(record_.bytes);
      record_line_ = line_;
    }
  }

  /// The last line of a file needs no end.
  std::int64_t lines_of(std::string_view record) const {
    if (!record_.may_span_lines) return 1;
    const bool has_end = record.ends_with('\n') || record.ends_with('\r');
    return count_line_ends(record) + (has_end ? 0 : 1);
  }

  [[noreturn]] void fail_unclosed() {
    const auto line = line_ + count_line_ends(raw());
    fail(ErrorKind::data,
         "{}:{}: the quote that opens here (field {}) never closes; close it, or set --quote none "
         "where quotes are text{}",
         window_.name(), line, record_.field_count + 1,
         quote_ == QuoteStyle::backslash ? "" : " (--quote backslash where they are written \\\")");
  }

  /// A lonely quote opens a field that ends at the next one, many rows later: the rows between
  /// would be a text of the first, and nobody would see it.
  void refuse_swallowed_rows() const {
    if (quote_ != QuoteStyle::automatic || columns_.size() < 2) return;
    if (!are_whole_rows(raw(), delimiter_, columns_.size())) return;
    const bool has_backslash = raw().find("\\\"") != std::string_view::npos;
    fail(
        ErrorKind::data,
        "{}:{}: a quoted field reaches over lines {} to {}, but each of them would be a whole row; "
        "set --quote none where quotes are text, {}--quote double where this is one row",
        window_.name(), record_line_, record_line_, line_ - 1,
        has_backslash ? "--quote backslash where \\\" is a quote in a text, " : "");
  }

  std::string missing_column_hint() const override {
    // A single "column" that holds another separator is a file read with the wrong one.
    const std::size_t other =
        columns_.size() == 1 ? columns_[0].find_first_of(";\t|,") : std::string::npos;
    if (other != std::string::npos) {
      const char c = columns_[0][other];
      return fmt::format("; its columns seem to be separated by {}: set --delimiter {}",
                         c == '\t' ? "tabs" : fmt::format("\"{}\"", c),
                         c == '\t' ? "tab" : fmt::format("\"{}\"", c));
    }
    const bool has_blanks = columns_.size() == 1 && columns_[0].find(' ') != std::string::npos;
    return std::string(has_blanks ? "; where blanks separate the columns, set --delimiter \" \""
                                  : "") +
           "; where the file has no header line, name its columns with --columns";
  }

  std::string_view raw() const { return window_.rest().substr(0, record_.bytes); }

  std::string find_problem() const {
    if (record_.stray_field != 0) {
      return stray_problem();
    }
    if (record_.field_count != columns_.size()) {
      return fmt::format(
          "{} field{}, expected {}{}", record_.field_count, record_.field_count == 1 ? "" : "s",
          columns_.size(),
          record_.field_count > columns_.size() ? "; quote a field that holds the separator" : "");
    }
    return utf8_problem(raw(), record_line_);
  }

  std::string stray_problem() const {
    const Field& field = record_.fields[std::min(record_.stray_field, record_.fields.size()) - 1];
    const bool has_backslash = field.end > field.begin && raw()[field.end - 1] == '\\';
    return fmt::format("field {} has text behind its closing quote; {}", record_.stray_field,
                       has_backslash && quote_ != QuoteStyle::backslash
                           ? "set --quote backslash where \\\" is a quote in a text"
                           : "double quotes that are text, or set --quote none where all are");
  }

  void assign_field(const Field& field, std::string& cell) const {
    const std::string_view text = raw().substr(field.begin, field.end - field.begin);
    // Nearly every field: copied as it lies, nothing to undo.
    if (!field.has_escapes) {
      cell.assign(text);
      return;
    }
    cell.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_backslash = quote_ == QuoteStyle::backslash && text[i] == '\\';
      const bool is_doubled = field.is_quoted && text[i] == kQuote;
      if ((is_backslash || is_doubled) && i + 1 < text.size()) ++i;
      cell += text[i];
    }
  }

  RecordWindow window_;
  std::int64_t line_ = 1, record_line_ = 1;
  QuoteStyle quote_;
  char delimiter_;
  CsvScanner scanner_;
  Record record_;
};

}  // namespace

std::unique_ptr<RowReader> open_csv(std::unique_ptr<ByteSource> source, const CsvOptions& options) {
  for (const char delimiter : {options.delimiter, options.usual_delimiter}) {
    check(delimiter != '\n' && delimiter != '\r' && delimiter != kQuote, ErrorKind::user,
          "--delimiter: a quote or a line end cannot separate columns");
  }
  return std::make_unique<CsvReader>(std::move(source), options);
}

}  // namespace attune
