#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace attune {

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower_ascii(std::string_view text);
bool iequals_ascii(std::string_view a, std::string_view b);

/// `"1234567"` -> `"1,234,567"`.
std::string with_thousands(long long value);
/// Bytes for people: `"1.5 GiB"`.
std::string human_bytes(unsigned long long bytes);
/// Seconds for people: `"2m 05s"`.
std::string human_duration(double seconds);

/// The candidate with the smallest edit distance to `name`, "" where none is near (distance above a
/// third of the name's length, at least 1).
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// ` (did you mean "X"?)` or "".
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace attune
