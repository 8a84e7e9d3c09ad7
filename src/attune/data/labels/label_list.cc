#include "attune/data/labels/label_list.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/labels.h"

namespace attune {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

/// "array" of "array([0, 1])"; "" where the cell is no call.
std::string_view called_name(std::string_view cell) {
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  };
  const auto end = std::find_if_not(cell.begin(), cell.end(), is_name);
  return end != cell.end() && *end == '(' ? cell.substr(0, end - cell.begin()) : std::string_view();
}

bool is_number(std::string_view text) {
  return parse_number(text) || text == "True" || text == "False" || text == "true" ||
         text == "false";
}

/// Reads what Python's repr() and numpy's str() write.
class PythonList {
 public:
  explicit PythonList(std::string_view text) : text_(text) {}

  std::vector<LabelItem> parse() {
    const std::string_view function = called_name(text_);
    if (!function.empty()) at_ = function.size() + 1;
    if (skip_space() == ')') return {};  // set()
    ++at_;
    for (;;) {
      const char c = skip_space();
      if (c == ']' || c == ')' || c == '}') return std::move(items_);
      if (c == ',') {
        ++at_;
      } else if (c == '\'' || c == '"') {
        items_.push_back({read_string(c), true});
      } else if (c == '[' || c == '(' || c == '{') {
        throw RowProblem{"the label list holds lists, expected names"};
      } else {
        read_bare();
      }
    }
  }

 private:
  /// The next character that is no blank.
  char skip_space() {
    at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
    if (at_ == text_.size()) throw RowProblem{"the label list does not end"};
    return text_[at_];
  }

  /// Words up to a comma or bracket: numbers are items each, as numpy writes them, else one name.
  void read_bare() {
    const std::size_t end = std::min(text_.find_first_of(",]})'\"(", at_), text_.size());
    const std::string_view run = text_.substr(at_, end - at_);
    if (end < text_.size() && text_[end] == '(') return read_call(end);
    at_ = end;
    std::vector<std::string> words;
    for (std::string& word : split(run, ' ')) {
      word = trim(word);
      if (word == "...") {
        throw RowProblem{"numpy has left out values of the label list (\"...\"); write it whole"};
      }
      if (!word.empty()) words.push_back(std::move(word));
    }
    if (std::all_of(words.begin(), words.end(), is_number)) {
      for (std::string& word : words) items_.push_back({std::move(word), false});
    } else {
      items_.push_back({std::string(trim(run)), false});
    }
  }

  /// np.str_('a'), np.int64(1)
  void read_call(std::size_t bracket) {
    at_ = bracket + 1;
    const char c = skip_space();
    if (c == '\'' || c == '"') {
      items_.push_back({read_string(c), true});
    } else {
      const std::size_t end = std::min(text_.find(')', at_), text_.size());
      items_.push_back({std::string(trim(text_.substr(at_, end - at_))), false});
      at_ = end;
    }
    if (skip_space() != ')') throw RowProblem{"the label list holds what is no name"};
    ++at_;
  }

  std::string read_string(char quote) {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        read_escape(value);
      } else {
        value += text_[at_];
      }
    }
    if (at_ == text_.size()) throw RowProblem{"the label list does not end"};
    ++at_;
    return value;
  }

  /// Python's escapes; an unknown one stays as it is.
  void read_escape(std::string& value) {
    const char c = text_[++at_];
    const int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (c == 'n' || c == 't' || c == 'r') {
      value += c == 'n' ? '\n' : c == 't' ? '\t' : '\r';
    } else if (c == '\\' || c == '\'' || c == '"') {
      value += c;
    } else if (const auto point = hex_number(digits)) {
      append_utf8(value, *point);
      at_ += static_cast<std::size_t>(digits);
    } else {
      value += '\\';
      value += c;
    }
  }

  std::optional<char32_t> hex_number(int digits) const {
    const std::string_view hex = text_.substr(at_ + 1, static_cast<std::size_t>(digits));
    std::uint32_t value = 0;
    const auto result = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    const bool is_whole = digits > 0 && hex.size() == static_cast<std::size_t>(digits) &&
                          result.ptr == hex.data() + hex.size();
    const bool is_scalar = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    return is_whole && is_scalar ? std::optional(static_cast<char32_t>(value)) : std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<LabelItem> items_;
};

std::vector<LabelItem> items_of(const Json& array) {
  std::vector<LabelItem> items;
  for (const Json& item : array) {
    if (item.is_structured() || item.is_null()) {
      throw RowProblem{"the label list holds " + dump_json_line(item) + ", expected names"};
    }
    items.push_back(item.is_string() ? LabelItem{item.get<std::string>(), true}
                                     : LabelItem{dump_json_line(item), false});
  }
  return items;
}

}  // namespace

bool looks_like_list(std::string_view cell) {
  if (cell.starts_with('[')) return true;
  const std::string_view function = called_name(cell);
  const std::string_view rest = cell.substr(function.empty() ? 0 : function.size() + 1);
  if (!function.empty()) return rest.starts_with('[') || rest.starts_with('{') || rest == ")";
  // "(none)" and "{x}" are names.
  if (!cell.starts_with('(') && !cell.starts_with('{')) return false;
  const std::string_view inner = trim(cell.substr(1));
  return inner.starts_with('\'') || inner.starts_with('"') || inner == ")" ||
         (!inner.empty() && inner.find_first_not_of("01., )}") == std::string_view::npos);
}

std::vector<LabelItem> parse_label_list(std::string_view cell) {
  if (cell.starts_with('[')) {
    try {
      return items_of(parse_json(cell, "label list"));
    } catch (const Error&) {
      // No JSON: Python's, or an error that is told below.
    }
  }
  return PythonList(cell).parse();
}

}  // namespace attune
