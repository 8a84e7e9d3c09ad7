#include "attune/data/readers/jsonl.h"

#include <algorithm>
#include <optional>

#include <simdjson.h>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

namespace dom = simdjson::dom;

// Enough to see keys that are left out where they are null, few enough to cost nothing.
constexpr int kLinesForColumns = 100;
constexpr std::size_t kBytesForColumns = std::size_t{1} << 18;
constexpr std::size_t kMaxKeys = 4096;

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
    find_columns();
  }

  bool next(Row& row) override {
    row.problem.clear();
    row.file = 0;
    std::string_view line;
    while (next_line(line)) {
      const std::int64_t number = line_++;
      const std::size_t bytes = line.size();
      if (!trim(line).empty()) {
        row.line = number;
        row.cells.resize(selected_.size());
        row.problem = read_object(trim(line), number, row.cells);
        if (!row.problem.empty()) row.cells.clear();
        window_.consume(bytes);
        return true;
      }
      window_.consume(bytes);
    }
    return false;
  }

 private:
  /// The next line with its line end, not yet consumed.
  bool next_line(std::string_view& line) {
    for (std::size_t searched = 0;;) {
      const auto newline = window_.rest().find('\n', searched);
      if (newline != std::string_view::npos) {
        line = window_.rest().substr(0, newline + 1);
        return true;
      }
      searched = window_.rest().size();
      if (!window_.refill(line_)) break;
    }
    line = window_.rest();
    return !line.empty();
  }

  /// Takes the union of the keys of the first lines, without consuming them. How many lines does
  /// not depend on how the source is cut into chunks.
  void find_columns() {
    while (window_.rest().size() < kBytesForColumns && window_.refill(1)) {
    }
    check(!window_.rest().empty(), ErrorKind::data,
          "{}: the file is empty, expected a JSON object a line", window_.name());
    std::vector<std::string> keys;
    std::string first_problem;
    int objects = 0;
    std::size_t begin = 0;
    for (std::int64_t number = 1; objects < kLinesForColumns; ++number) {
      // Only the first object may be longer than what was read for the columns.
      const bool may_read = objects == 0;
      std::size_t end = window_.rest().find('\n', begin);
      while (end == std::string_view::npos && may_read && window_.refill(number)) {
        end = window_.rest().find('\n', begin);
      }
      if (end == std::string_view::npos) end = window_.rest().size();
      if (begin >= end && end == window_.rest().size()) break;
      if (objects > 0 && end > kBytesForColumns) break;
      const std::string_view line = trim(window_.rest().substr(begin, end - begin));
      begin = end + 1;
      if (line.empty()) continue;
      dom::element element;
      std::string problem = parse(line, number, element);
      if (problem.empty()) {
        ++objects;
        add_keys(element, keys);
      } else if (first_problem.empty()) {
        first_problem = fmt::format("{}:{}: {}", window_.name(), number, problem);
      }
    }
    check(objects > 0, ErrorKind::data, "{}",
          first_problem.empty() ? window_.name() + ": the file has no row" : first_problem);
    set_columns(std::move(keys));
  }

  static void add_keys(const dom::element& element, std::vector<std::string>& keys) {
    for (const auto field : dom::object(element)) {
      if (keys.size() < kMaxKeys && std::find(keys.begin(), keys.end(), field.key) == keys.end()) {
        keys.emplace_back(field.key);
      }
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
      return fmt::format("not valid JSON ({}){}", simdjson::error_message(error),
                         text.starts_with('[') || text == "{"
                             ? "; expected one object a line, e.g. from jq -c '.[]'"
                             : "");
    }
    if (!element.is_object()) {
      return fmt::format(
          "{} where an object was expected{}", type_name(element.type()),
          element.is_array() ? "; write one object a line, e.g. with jq -c '.[]'" : "");
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
        if (!assign_value(field.value, selected_[i].allow_array, cells[i])) {
          return fmt::format("\"{}\" holds {}, expected a string or a number", field.key,
                             type_name(field.value.type()));
        }
      }
    }
    const auto missing = std::find(found_.begin(), found_.end(), false);
    if (missing == found_.end()) return "";
    return fmt::format("no \"{}\"",
                       selected_[static_cast<std::size_t>(missing - found_.begin())].name);
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

  RecordWindow window_;
  dom::parser parser_;
  std::vector<bool> found_;
  std::int64_t line_ = 1;
};

}  // namespace

std::unique_ptr<RowReader> open_jsonl(std::unique_ptr<ByteSource> source, std::size_t chunk_bytes) {
  return std::make_unique<JsonlReader>(std::move(source), chunk_bytes);
}

}  // namespace attune
