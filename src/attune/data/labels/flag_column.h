#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace attune {

/// What a cell of a column of 0 and 1 says; `none`: it is of another column.
enum class Flag : std::uint8_t { zero, one, uncertain, blank, none };

/// Of a cell in the form of `label_key`: 0 or 1, also as 0.0 and 1.0 (as pandas writes them where a
/// cell of the column is empty), false and true; -1; nothing, or, with `missing_words`, a word that
/// means so (`means_missing`).
Flag flag_of(std::string_view key, bool missing_words);

/// Whether the cells of one label column are flags. One row does not tell: -1 may be a class.
class FlagColumn {
 public:
  /// Takes note of a row's cell.
  void add(Flag flag, std::string_view key);
  std::int64_t count(Flag flag) const { return counts_[static_cast<std::size_t>(flag)]; }
  /// Nothing but flags, and some 0 or 1 among them.
  bool is_one() const;
  /// The first cell that is no flag, or "".
  const std::string& other() const { return other_; }

 private:
  std::array<std::int64_t, 5> counts_{};
  std::string other_;
};

}  // namespace attune
