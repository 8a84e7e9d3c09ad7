#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace attune {

/// Which part of a data set an example was given to by the data itself; `none`: it does not say.
enum class GivenSplit { none, train, validation, test };

/// Of those that an example can be given to.
constexpr auto enum_names(GivenSplit) {
  return std::to_array<std::pair<GivenSplit, std::string_view>>(
      {{GivenSplit::train, "train"},
       {GivenSplit::validation, "validation"},
       {GivenSplit::test, "test"}});
}

/// "train", "validation" (also "val", "valid", "dev"), "test", in any case; `none` for "". Nothing
/// else is a split: false.
bool parse_split(std::string_view text, GivenSplit& split);

/// The split that a cell of a table names, and the group. Both throw `RowProblem` (label_reader.h)
/// where the cell is empty, or names no split.
GivenSplit read_split(std::string_view cell);
std::string_view read_group(std::string_view cell);

}  // namespace attune
