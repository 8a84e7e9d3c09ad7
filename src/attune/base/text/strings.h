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

}  // namespace attune
