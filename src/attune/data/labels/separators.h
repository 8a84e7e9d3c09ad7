#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace attune {

/// What people put between labels.
inline constexpr std::array<char, 6> kLabelSeparators = {';', '|', ',', '\t', '/', ' '};

/// As one types it: "';'", "tab".
std::string separator_name(char separator);

/// Throws `data`, naming `table`, where the names, of which none was parted by `--label-separator`,
/// are themselves lists with another separator: "joy;love" beside "joy" and "love". `counts` are
/// the rows of each. Given names are the way to say that they are none.
void check_label_separator(std::span<const std::string> names, std::span<const std::int64_t> counts,
                           const std::string& table);

}  // namespace attune
