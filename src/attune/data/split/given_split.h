#pragma once

#include <array>
#include <string>
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

/// The split that a cell of a table names. A column whose name says which part it marks (is_valid,
/// is_test, is_train ...) may hold true and false, 1 and 0: what is not marked is for training, in
/// a column that marks training for testing. Throws `RowProblem` (label_reader.h) where the cell is
/// empty, or names no split.
GivenSplit read_split(std::string_view cell, std::string_view column);

/// The group that a cell names, as groups are compared (`label_key`). Throws `RowProblem` where it
/// is empty or, with `keep_default_na`, reads as missing.
std::string read_group(std::string_view cell, bool keep_default_na);

}  // namespace attune
