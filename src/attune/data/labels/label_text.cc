#include "attune/data/labels/label_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/unicode/unicode.h"

namespace attune {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
}

std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t at = 0; at < text.size();) points += next_code_point(text, at);
  return points;
}

std::string to_utf8(std::u32string_view points) {
  std::string text;
  for (const char32_t c : points) append_utf8(text, c);
  return text;
}

}  // namespace

bool is_blank(char32_t c) {
  return is_white_space(c) || c < 0x20 || c == 0x7F || c == 0xAD || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2064) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

bool is_blank_text(std::string_view text) {
  // Nearly every text begins with something.
  if (!text.empty() && text[0] > ' ' && text[0] != '\x7F') return false;
  if (find_invalid_utf8(text)) return false;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_blank(next_code_point(text, at))) return false;
  }
  return true;
}

std::string label_key(std::string_view text) {
  // Nearly every label: in normal form as it is.
  if (is_ascii(text)) {
    const auto is_kept = [](char c) { return c > ' ' && c != '\x7F'; };
    const auto first = std::find_if(text.begin(), text.end(), is_kept);
    const auto last = std::find_if(text.rbegin(), std::make_reverse_iterator(first), is_kept);
    return std::string(first, last.base());
  }
  std::u32string points = code_points(text);
  const auto end = std::find_if_not(points.rbegin(), points.rend(), is_blank).base();
  points.erase(end, points.end());
  points.erase(points.begin(), std::find_if_not(points.begin(), points.end(), is_blank));
  std::u32string composed;
  for (const auto& [point, change] : normal_form_changes(points, NormalForm::nfc)) {
    composed += point;
  }
  return to_utf8(composed);
}

bool means_missing(std::string_view key) {
  // pandas/_libs/parsers.pyx, STR_NA_VALUES of pandas 2.2.
  constexpr std::array<std::string_view, 18> kWords = {
      "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
      "<NA>", "N/A",      "NA",  "NULL",    "NaN",      "None", "n/a",  "nan",    "null"};
  return std::find(kWords.begin(), kWords.end(), key) != kWords.end();
}

std::string lookalike_key(std::string_view name) {
  std::u32string lower;
  for (const char32_t c : code_points(name)) {
    if (!is_blank(c)) append_lower_case(c, lower);
  }
  return to_utf8(lower);
}

void warn_of_lookalikes(std::span<const std::string> names, const std::string& source,
                        std::string_view kind) {
  constexpr std::size_t kShown = 5;
  std::map<std::string, std::vector<std::string>> alike;
  for (const std::string& name : names) alike[lookalike_key(name)].push_back("\"" + name + "\"");
  std::vector<std::string> shown;
  std::size_t count = 0;
  for (const auto& [key, written] : alike) {
    if (written.size() < 2 || ++count > kShown) continue;
    shown.push_back(join(written, " and "));
  }
  if (count == 0) return;
  log_warning("{}: {} that differ only in case or blanks are taken for different ones: {}{}",
              source, kind, join(shown, ", "),
              count > kShown ? fmt::format(" and {} more", count - kShown) : "");
}

}  // namespace attune
