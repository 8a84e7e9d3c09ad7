#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/data/labels.h"
#include "attune/data/text_dataset.h"

namespace attune {

/// Why a row cannot be used. Thrown and caught within this folder only.
struct RowProblem {
  std::string reason;
};

/// Turns label cells into classes or numbers.
class LabelReader {
 public:
  /// Throws `user` where label kind, columns and names do not fit together.
  explicit LabelReader(const TextDatasetOptions& options);

  /// Sets the label of `example` from the cells of the label columns. Throws `RowProblem`.
  void read(std::span<const std::string> cells, TextExample& example);

  /// Whether the classes are fixed; otherwise new ones are added as they come.
  bool names_given() const { return names_given_; }
  /// Whether a row had a class that is not among the given ones.
  bool has_unknown() const { return has_unknown_; }
  LabelNames& names() { return names_; }

 private:
  void use_columns_as_names(const std::vector<std::string>& columns);
  std::int64_t read_class(std::string_view text);
  std::vector<std::int64_t> read_flags(std::span<const std::string> cells) const;
  std::vector<std::int64_t> read_list(std::string_view text);
  std::vector<std::string> split_list(std::string_view text) const;

  LabelKind kind_;
  char separator_;
  LabelNames names_;
  bool names_given_;
  bool has_unknown_ = false;
  std::vector<std::int64_t> column_ids_;  ///< class id of every label column, where several
};

}  // namespace attune
