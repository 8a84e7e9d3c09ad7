#include "attune/data/labels/separators.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/data/labels/labels.h"

namespace attune {
namespace {

/// The lists among names, were they parted at one character.
struct Lists {
  std::int64_t rows = 0;
  std::string example;
  bool shares_a_part = false;     ///< two of them, or one and a whole name, have a part in common
  bool all_parts_known = true;    ///< each part is a whole name elsewhere
  bool some_parts_known = false;  ///< one is
  bool all_parts_again = true;    ///< each is a whole name or in another list too
  bool all_numbers = true;        ///< each is a whole number
  std::int64_t known_rows = 0;    ///< of the lists all of whose parts are whole names
  std::string known_example;
};

/// The parts of a name; none where it is no list.
std::vector<std::string> parts_of(const std::string& name, char separator) {
  std::vector<std::string> parts = split(name, separator);
  for (std::string& part : parts) part = std::string(trim(part));
  const bool is_list = parts.size() > 1 && std::ranges::find(parts, "") == parts.end();
  return is_list ? parts : std::vector<std::string>();
}

Lists lists_of(std::span<const std::string> names, std::span<const std::int64_t> counts,
               char separator) {
  const std::unordered_set<std::string> whole(names.begin(), names.end());
  std::unordered_map<std::string, int> uses;
  Lists lists;
  for (std::size_t n = 0; n < names.size(); ++n) {
    const std::vector<std::string> parts = parts_of(names[n], separator);
    if (parts.empty()) continue;
    lists.rows += counts[n];
    if (lists.example.empty()) lists.example = names[n];
    bool is_known = true;
    for (const std::string& part : parts) {
      const bool is_whole = whole.contains(part);
      is_known = is_known && is_whole;
      lists.some_parts_known = lists.some_parts_known || is_whole;
      lists.shares_a_part = lists.shares_a_part || is_whole || ++uses[part] > 1;
      lists.all_numbers = lists.all_numbers && label_shape(part) == LabelShape::integer;
    }
    lists.all_parts_known = lists.all_parts_known && is_known;
    if (!is_known) continue;
    lists.known_rows += counts[n];
    if (lists.known_example.empty()) lists.known_example = names[n];
  }
  lists.all_parts_again =
      std::ranges::none_of(uses, [](const auto& use) { return use.second < 2; });
  return lists;
}

/// Whether data of several labels hold lists that this separator would part.
bool are_lists(const Lists& lists, char separator) {
  if (lists.rows < 2) return false;
  // Names hold commas, slashes and blanks by themselves; semicolons hardly ever.
  if (separator == ';' || separator == '|' || separator == '\t') return lists.shares_a_part;
  // "cat odd" and "dog odd" beside "cat", and "0 3" beside "1 4".
  const bool are_blank_lists =
      lists.all_numbers || (lists.some_parts_known && lists.all_parts_again);
  return lists.all_parts_known || (separator == ' ' && are_blank_lists);
}

}  // namespace

std::string separator_name(char separator) {
  return separator == '\t' ? "tab" : fmt::format("'{}'", separator);
}

std::string LabelLists::text() const {
  return fmt::format("{} rows have labels such as \"{}\", whose parts are labels of other rows",
                     with_thousands(rows), example);
}

std::string LabelLists::advice() const {
  return fmt::format("--problem-type multi_label_classification --label-separator {}",
                     separator_name(separator));
}

std::optional<LabelLists> find_lists_of_labels(std::span<const std::string> names,
                                               std::span<const std::int64_t> counts) {
  for (const char separator : kLabelSeparators) {
    const Lists lists = lists_of(names, counts, separator);
    if (lists.known_rows > 0) return LabelLists{separator, lists.known_rows, lists.known_example};
  }
  return std::nullopt;
}

void check_label_separator(std::span<const std::string> names, std::span<const std::int64_t> counts,
                           const std::string& table) {
  for (const char separator : kLabelSeparators) {
    const Lists lists = lists_of(names, counts, separator);
    check(!are_lists(lists, separator), ErrorKind::data,
          "{}: {} rows have labels such as \"{}\", which looks like several; set --label-separator "
          "{}, or name the labels with --labels where these are their names",
          table, lists.rows, lists.example, separator_name(separator));
  }
}

}  // namespace attune
