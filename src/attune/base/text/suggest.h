#pragma once

#include <span>
#include <string>
#include <string_view>

namespace attune {

/// The candidate with the smallest edit distance to `name`, "" where none is near (distance above a
/// third of the name's length, at least 1).
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// ` (did you mean "X"?)` or "".
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace attune
