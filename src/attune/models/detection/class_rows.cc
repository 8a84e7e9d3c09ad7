#include "attune/models/detection/class_rows.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "attune/models/head_rows.h"

namespace attune {

ClassRows class_rows(const std::vector<std::string>& known, const std::vector<std::string>& asked) {
  if (asked.empty() || asked == known) return {};
  if (is_numbered(known) && known.size() == asked.size()) {
    return {.told = fmt::format("the checkpoint does not name its {} classes: they are taken for "
                                "those asked for, in their order",
                                known.size())};
  }
  std::unordered_map<std::string_view, std::int64_t> places;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto [place, is_new] = places.emplace(known[i], static_cast<std::int64_t>(i));
    if (!is_new) place->second = -1;
  }
  ClassRows result;
  for (const std::string& label : asked) {
    const auto found = places.find(label);
    result.rows.push_back(found == places.end() ? -1 : found->second);
  }
  const auto kept = std::count_if(result.rows.begin(), result.rows.end(),
                                  [](std::int64_t row) { return row >= 0; });
  result.told = fmt::format(
      "of {} classes {} are the checkpoint's, by their names; the others begin anew, what the head "
      "knows of boxes stays",
      asked.size(), kept);
  return result;
}

std::vector<std::int64_t> output_rows(const ClassRows& classes, std::int64_t places,
                                      std::int64_t fixed, std::int64_t known) {
  std::vector<std::int64_t> rows;
  if (classes.rows.empty()) return rows;
  for (std::int64_t place = 0; place < places; ++place) {
    const std::int64_t begin = place * (fixed + known);
    for (std::int64_t i = 0; i < fixed; ++i) rows.push_back(begin + i);
    for (const std::int64_t row : classes.rows) rows.push_back(row < 0 ? -1 : begin + fixed + row);
  }
  return rows;
}

}  // namespace attune
