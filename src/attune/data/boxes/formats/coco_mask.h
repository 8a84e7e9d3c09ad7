#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/media/boxes/box.h"

namespace attune {

/// The numbers that a compressed mask of COCO is (rleFrString of cocoapi's maskApi.c: 5 bits a
/// character, from the third number on the difference to the last but one). Nothing where the text
/// is none.
std::optional<std::vector<std::int64_t>> decompress_run_lengths(std::string_view text);

/// The box round a mask of run lengths, of nothing and of something in turns, column by column
/// (cocoapi's rleToBbox): empty where there is nothing. No value where they do not fit the size.
std::optional<Box> box_of_run_lengths(std::span<const std::int64_t> runs, Size size);

}  // namespace attune
