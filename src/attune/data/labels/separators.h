#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace attune {

/// What people put between labels.
inline constexpr std::array<char, 6> kLabelSeparators = {';', '|', ',', '\t', '/', ' '};

/// As one types it: "';'", "tab".
std::string separator_name(char separator);

/// Names that are lists of other names.
struct LabelLists {
  char separator;
  std::int64_t rows;    ///< that have such a name
  std::string example;  ///< the first
  /// "14 rows have labels such as "a|b", whose parts are labels of other rows"
  std::string text() const;
  /// The options that read them as lists.
  std::string advice() const;
};

/// Of data with one label each: whether names consist of parts, at one separator, that are names
/// themselves. `counts` are the rows of each.
std::optional<LabelLists> find_lists_of_labels(std::span<const std::string> names,
                                               std::span<const std::int64_t> counts);

/// Throws `data`, naming `table`, where the names, of which none was parted by `--label-separator`,
/// are themselves lists with another separator: "joy;love" beside "joy" and "love", "0 3" beside
/// "1 4". `counts` are the rows of each. Given names are the way to say that they are none.
void check_label_separator(std::span<const std::string> names, std::span<const std::int64_t> counts,
                           const std::string& table);

}  // namespace attune
