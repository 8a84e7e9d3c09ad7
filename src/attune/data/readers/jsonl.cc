#include "attune/data/readers/jsonl.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include <simdjson.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/data/readers/json_array.h"

namespace attune {
namespace {

namespace dom = simdjson::dom;

// Enough to see keys that are left out where they are null, few enough to cost nothing.
constexpr int kLinesForColumns = 100;
constexpr std::size_t kBytesForColumns = std::size_t{1} << 18;
constexpr std::size_t kMaxKeys = 65536;

// DataFrame.to_json puts columns first where it is not told otherwise.
constexpr std::string_view kRecords =
    "a row is an object here, as pandas writes with to_json(..., orient='records', lines=True)";

/// One of the forms of pandas' to_json that are not rows: an object of objects (columns, index), or
/// {"columns": [...], "index": [...], "data": [...]} (split).
bool is_frame(const dom::element& element) {
  bool has_columns = false, has_data = false, are_objects = true;
  for (const auto field : dom::object(element)) {
    has_columns = has_columns || field.key == "columns";
    has_data = has_data || field.key == "data";
    are_objects = are_objects && field.value.is_object();
  }
  return (has_columns && has_data) || are_objects;
}

/// The first of NaN and Infinity outside of strings; "" where there is none.
std::string_view python_number(std::string_view text) {
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && in_string) {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
        if (text.substr(i).starts_with(word)) return word;
      }
    }
  }
  return "";
}

const char* type_name(dom::element_type type) {
  switch (type) {
    case dom::element_type::ARRAY:
      return "an array";
    case dom::element_type::OBJECT:
      return "an object";
    case dom::element_type::STRING:
      return "a string";
    case dom::element_type::BOOL:
      return "a boolean";
    case dom::element_type::NULL_VALUE:
      return "null";
    default:
      return "a number";
  }
}

/// Shortest text that reads back as the same double, with a point or exponent.
std::string double_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

class JsonlReader : public RowReader {
 public:
  JsonlReader(std::unique_ptr<ByteSource> source, std::size_t chunk_bytes)
      : window_(std::move(source), chunk_bytes) {
    files_.push_back(window_.name());
    enter_array();
    find_columns();
  }

  bool gives_json() const override { return true; }

  bool next(Row& row) override {
    row.problem.clear();
    row.file = 0;
    Record record;
    while (find_record(0, line_, true, record)) {
      const std::string_view text = trim(record.text(window_.rest()));
      line_ = record.line;
      row.lines = 1 + std::count(text.begin(), text.end(), '\n');
      const bool is_row = is_array_ || !text.empty();
      if (is_row) {
        row.line = line_;
        row.cells.resize(selected_.size());
        row.problem = read_object(text, line_, row.cells);
        if (!row.problem.empty()) row.cells.clear();
      }
      line_ += is_array_ ? row.lines - 1 : 1;
      is_first_ = false;
      window_.consume(record.end);
      if (is_row) return true;
    }
    return false;
  }

 private:
  /// A line with its end, or an element of the array, within `rest()`.
  struct Record {
    std::size_t begin = 0, end = 0;
    std::int64_t line = 1;
    std::string_view text(std::string_view rest) const { return rest.substr(begin, end - begin); }
  };

  /// What begins with a bracket is one array and not an object a line: pandas and `jq` write such.
  void enter_array() {
    std::size_t at = 0;
    while ((at = window_.rest().find_first_not_of(" \t\r\n")) == std::string_view::npos &&
           window_.refill(1)) {
    }
    if (at == std::string_view::npos || window_.rest()[at] != '[') return;
    is_array_ = true;
    line_ +=
        std::count(window_.rest().begin(), window_.rest().begin() + static_cast<long>(at), '\n');
    window_.consume(at + 1);
  }

  /// The record behind `from` in `rest()`, on or behind `line`; nothing of it is consumed. Reads
  /// more where `may_read`. False at the end.
  bool find_record(std::size_t from, std::int64_t line, bool may_read, Record& record) {
    return is_array_ ? find_element(from, line, may_read, record)
                     : find_line(from, line, may_read, record);
  }

  bool find_line(std::size_t from, std::int64_t line, bool may_read, Record& record) {
    for (std::size_t searched = from;;) {
      const auto newline = window_.rest().find('\n', searched);
      if (newline != std::string_view::npos) {
        record = {from, newline + 1, line};
        return true;
      }
      searched = window_.rest().size();
      if (!may_read || !window_.refill(line)) break;
    }
    record = {from, window_.rest().size(), line};
    return record.end > from;
  }

  bool find_element(std::size_t from, std::int64_t line, bool may_read, Record& record) {
    using Kind = ArrayElement::Kind;
    if (ended_) return false;
    const bool is_first = is_first_ && from == 0;
    ArrayElement found;
    do {
      found = next_array_element(window_.rest(), from, is_first, window_.at_end());
    } while (found.kind == Kind::needs_more && may_read &&
             (window_.refill(line) || window_.at_end()));
    if (found.kind == Kind::needs_more) return false;
    const auto begin = window_.rest().begin();
    line +=
        std::count(begin + static_cast<long>(from), begin + static_cast<long>(found.begin), '\n');
    check(found.kind != Kind::malformed, ErrorKind::data, "{}:{}: {}", window_.name(), line,
          found.begin == window_.rest().size()
              ? "the array does not end; is the file cut off?"
              : "expected a comma and another object, or the end of the array");
    record = {found.begin, found.end, line};
    if (found.kind == Kind::element) return true;
    // Only where it is read, not where it is looked ahead at.
    if (may_read) finish_array(found.end, line);
    return false;
  }

  /// One array is the whole file.
  void finish_array(std::size_t end, std::int64_t line) {
    ended_ = true;
    std::size_t at = 0;
    while ((at = window_.rest().find_first_not_of(" \t\r\n", end)) == std::string_view::npos &&
           window_.refill(line)) {
    }
    check(at == std::string_view::npos, ErrorKind::data, "{}:{}: there is more behind the array",
          window_.name(), line);
  }

  /// Takes the union of the keys of the first objects, without consuming them. How many does not
  /// depend on how the source is cut into chunks.
  void find_columns() {
    while (window_.rest().size() < kBytesForColumns && window_.refill(1)) {
    }
    check(is_array_ || !window_.rest().empty(), ErrorKind::data,
          "{}: the file is empty, expected a JSON object a line, or an array of objects",
          window_.name());
    std::vector<std::string> keys;
    std::string first_problem;
    int objects = 0;
    std::size_t from = 0;
    std::int64_t line = line_;
    Record record;
    // Only the first object may be longer than what was read for the columns.
    while (objects < kLinesForColumns && (objects == 0 || from < kBytesForColumns) &&
           find_record(from, line, objects == 0, record)) {
      if (objects > 0 && record.end > kBytesForColumns) break;
      const std::string_view text = trim(record.text(window_.rest()));
      from = record.end;
      line = is_array_ ? record.line + std::count(text.begin(), text.end(), '\n') : line + 1;
      if (text.empty()) continue;
      dom::element element;
      std::string problem = parse(text, record.line, element);
      if (problem.empty()) {
        if (++objects == 1) has_no_rows_ = is_frame(element);
        add_keys(element, keys);
      } else if (first_problem.empty()) {
        first_problem = fmt::format("{}:{}: {}", window_.name(), record.line, problem);
      }
    }
    check(objects > 0, ErrorKind::data, "{}",
          first_problem.empty() ? window_.name() + ": the file has no row" : first_problem);
    set_columns(std::move(keys));
  }

  void add_keys(const dom::element& element, std::vector<std::string>& keys) {
    for (const auto field : dom::object(element)) {
      if (known_keys_.contains(std::string(field.key))) continue;
      if (keys.size() == kMaxKeys) {
        has_more_keys_ = true;
        return;
      }
      known_keys_.emplace(field.key);
      keys.emplace_back(field.key);
    }
  }

  /// `element` becomes the object; returns what is wrong otherwise.
  std::string parse(std::string_view text, std::int64_t line, dom::element& element) {
    const auto error =
        parser_.parse(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), false)
            .get(element);
    if (error) {
      // The parser refuses it too, but does not say where; the byte is what one searches for.
      const std::string utf8 = utf8_problem(text, line);
      if (!utf8.empty()) return utf8;
      const std::string_view word = python_number(text);
      if (!word.empty()) {
        return fmt::format(
            "not valid JSON: {} is none of its values (Python's json writes it); write "
            "null where a value is missing",
            word);
      }
      return fmt::format("not valid JSON ({}){}", simdjson::error_message(error),
                         text == "{" ? "; expected one object a line, e.g. from jq -c ." : "");
    }
    if (!element.is_object()) {
      return fmt::format("{} where an object was expected", type_name(element.type()));
    }
    return "";
  }

  std::string read_object(std::string_view text, std::int64_t line,
                          std::vector<std::string>& cells) {
    dom::element element;
    std::string problem = parse(text, line, element);
    if (!problem.empty()) return problem;
    found_.assign(selected_.size(), false);
    for (const auto field : dom::object(element)) {
      // Two or three columns are selected: comparing with each is faster than a table.
      for (std::size_t i = 0; i < selected_.size(); ++i) {
        if (field.key != selected_[i].name) continue;
        // simdjson keeps both, and which one counts differs between readers: neither does.
        if (found_[i]) return fmt::format("the key \"{}\" twice", field.key);
        found_[i] = true;
        dom::element value = field.value;
        if (value.is_object() && !selected_[i].member.empty() &&
            value[selected_[i].member].get(value) != simdjson::SUCCESS) {
          return fmt::format("\"{}\" holds an object without \"{}\"", field.key,
                             selected_[i].member);
        }
        if (selected_[i].as_json) {
          cells[i] = simdjson::minify(value);
        } else if (!assign_value(value, selected_[i].allow_array, cells[i])) {
          return fmt::format("\"{}\" holds {}, expected a string or a number{}", field.key,
                             type_name(value.type()), value_hint(value, selected_[i].array_hint));
        }
      }
    }
    for (std::size_t i = 0; i < selected_.size(); ++i) {
      if (found_[i] || !selected_[i].as_json) continue;
      cells[i].clear();
      found_[i] = true;
    }
    const auto missing = std::find(found_.begin(), found_.end(), false);
    if (missing == found_.end()) return "";
    return fmt::format("no \"{}\"",
                       selected_[static_cast<std::size_t>(missing - found_.begin())].name);
  }

  static std::string value_hint(const dom::element& value, const std::string& array_hint) {
    if (value.is_array() && !array_hint.empty()) return "; " + array_hint;
    return value.is_object() ? fmt::format("; {}", kRecords) : "";
  }

  static bool assign_value(const dom::element& value, bool allow_array, std::string& cell) {
    switch (value.type()) {
      case dom::element_type::STRING:
        cell.assign(std::string_view(value));
        return true;
      case dom::element_type::INT64:
        cell = std::to_string(std::int64_t(value));
        return true;
      case dom::element_type::UINT64:
        cell = std::to_string(std::uint64_t(value));
        return true;
      case dom::element_type::DOUBLE:
        // 1.0 stays 1.0: as "1" it would read as a class id, which decimals are not.
        cell = double_text(double(value));
        return true;
      case dom::element_type::BOOL:
        cell = bool(value) ? "true" : "false";
        return true;
      case dom::element_type::NULL_VALUE:
        // Null is an empty cell, as CSV writes it: whether that is a problem is the caller's to
        // say.
        cell.clear();
        return true;
      case dom::element_type::ARRAY:
        if (allow_array) cell = simdjson::minify(value);
        return allow_array;
      default:
        return false;
    }
  }

  std::string missing_column_hint() const override {
    if (has_no_rows_) return fmt::format("; these look like columns or an index; {}", kRecords);
    if (!has_more_keys_) return "";
    return fmt::format("; no more than {} keys of its first rows are looked at: leave out others",
                       kMaxKeys);
  }

  RecordWindow window_;
  dom::parser parser_;
  std::unordered_set<std::string> known_keys_;
  bool has_more_keys_ = false, has_no_rows_ = false;
  std::vector<bool> found_;
  std::int64_t line_ = 1;
  bool is_array_ = false, is_first_ = true, ended_ = false;
};

}  // namespace

std::unique_ptr<RowReader> open_jsonl(std::unique_ptr<ByteSource> source, std::size_t chunk_bytes) {
  return std::make_unique<JsonlReader>(std::move(source), chunk_bytes);
}

}  // namespace attune
