#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attune/data/labels/label_list.h"

namespace attune {

/// Whether the label lists of a table are vectors of 0 and 1, one place a class, or lists of names
/// of which two are 0 and 1. One row does not tell: [0, 1] may be either. Lists of one length, two
/// at least, of nothing but 0, 1 and -1 are vectors.
class LabelVectors {
 public:
  /// Where a vector has 1, and where -1.
  struct Places {
    std::vector<std::int64_t> ones, uncertain;
    std::size_t length = 0;
  };

  /// Where `items` are 0, 1, -1, 0.0, 1.0, -1.0, true or false and nothing else, and two at least;
  /// nothing otherwise.
  static std::optional<Places> places(std::span<const LabelItem> items);

  /// Takes note of a row's list.
  void add(std::span<const LabelItem> items, std::optional<Places> places);
  /// The length of the vectors where all rows are some; 0 otherwise. Throws `data`, naming `table`,
  /// where a list has 0 or 1 several times, as lists of names do not, but lengths differ.
  std::size_t length(const std::string& table) const;
  /// Whether a list cannot be one of names, which are there once.
  bool repeats() const { return repeats_; }
  /// By row, in the order of `add`.
  const std::vector<std::optional<Places>>& rows() const { return rows_; }

 private:
  std::vector<std::optional<Places>> rows_;
  std::size_t length_ = 0, other_length_ = 0;
  bool has_other_ = false, has_empty_ = false, repeats_ = false;
};

}  // namespace attune
