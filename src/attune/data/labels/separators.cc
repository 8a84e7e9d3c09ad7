#include "attune/data/labels/separators.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"

namespace attune {
namespace {

/// The lists among names, were they parted at one character.
struct Lists {
  std::int64_t rows = 0;
  std::string example;
  bool shares_a_part = false;   ///< two of them, or one and a whole name, have a part in common
  bool all_parts_known = true;  ///< each part is a whole name elsewhere
};

Lists lists_of(std::span<const std::string> names, std::span<const std::int64_t> counts,
               char separator) {
  const std::unordered_set<std::string> whole(names.begin(), names.end());
  std::unordered_map<std::string, int> uses;
  Lists lists;
  for (std::size_t n = 0; n < names.size(); ++n) {
    const std::vector<std::string> parts = split(names[n], separator);
    const auto is_empty = [](const std::string& part) { return trim(part).empty(); };
    if (parts.size() < 2 || std::any_of(parts.begin(), parts.end(), is_empty)) continue;
    lists.rows += counts[n];
    if (lists.example.empty()) lists.example = names[n];
    for (const std::string& part : parts) {
      const std::string name(trim(part));
      const bool is_known = whole.contains(name);
      lists.shares_a_part = lists.shares_a_part || is_known || ++uses[name] > 1;
      lists.all_parts_known = lists.all_parts_known && is_known;
    }
  }
  return lists;
}

}  // namespace

std::string separator_name(char separator) {
  return separator == '\t' ? "tab" : fmt::format("'{}'", separator);
}

void check_label_separator(std::span<const std::string> names, std::span<const std::int64_t> counts,
                           const std::string& table) {
  for (const char separator : kLabelSeparators) {
    const Lists lists = lists_of(names, counts, separator);
    // Names hold commas, slashes and blanks by themselves; semicolons hardly ever.
    const bool is_rare = separator == ';' || separator == '|' || separator == '\t';
    const bool are_lists = is_rare ? lists.shares_a_part : lists.all_parts_known;
    check(lists.rows < 2 || !are_lists, ErrorKind::data,
          "{}: {} rows have labels such as \"{}\", which looks like several; set --label-separator "
          "{}, "
          "or name the labels with --labels where these are their names",
          table, lists.rows, lists.example, separator_name(separator));
  }
}

}  // namespace attune
