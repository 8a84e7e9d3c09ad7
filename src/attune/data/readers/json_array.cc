#include "attune/data/readers/json_array.h"

namespace attune {
namespace {

constexpr std::string_view kBetween = " \t\r\n";

/// Behind the element that begins at `begin`; npos where `text` ends before it does.
std::size_t end_of_element(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    // A number or a word ends where the array goes on.
    if (depth == 0 && (c == ',' || c == ']' || c == '}')) return i;
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

}  // namespace

ArrayElement next_array_element(std::string_view text, std::size_t from, bool is_first,
                                bool is_all) {
  using Kind = ArrayElement::Kind;
  const auto more = [&] {
    return ArrayElement{is_all ? Kind::malformed : Kind::needs_more, text.size(), text.size()};
  };
  std::size_t at = text.find_first_not_of(kBetween, from);
  if (at == std::string_view::npos) return more();
  if (text[at] == ']') return {Kind::array_end, at, at + 1};
  if (!is_first) {
    if (text[at] != ',') return {Kind::malformed, at, at};
    at = text.find_first_not_of(kBetween, at + 1);
    if (at == std::string_view::npos) return more();
  }
  if (text[at] == ',' || text[at] == ']' || text[at] == '}') return {Kind::malformed, at, at};
  const std::size_t end = end_of_element(text, at);
  if (end == std::string_view::npos) return more();
  return {Kind::element, at, end};
}

}  // namespace attune
