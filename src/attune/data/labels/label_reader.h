#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/data/labels/labels.h"

namespace attune {

/// Why a row cannot be used. Thrown and caught within this folder only.
struct RowProblem {
  std::string reason;
};

/// What label columns hold.
struct LabelOptions {
  LabelKind kind = LabelKind::single_label;
  std::vector<std::string> columns;  ///< at least one unless `kind` is `none`
  std::vector<std::string> names;    ///< of the classes by id; empty: taken from the data
  char separator = ',';              ///< multi_label with one column
  /// multi_label with several columns: an empty cell (or -1, nan) says that nothing is known of the
  /// class; otherwise it is a problem.
  bool allow_unknown = false;
};

/// The label of one example; which field is set is the `LabelKind`.
struct Label {
  std::int64_t id = -1;               ///< single_label
  std::vector<std::int64_t> set;      ///< multi_label: class ids, ascending
  std::vector<std::int64_t> unknown;  ///< multi_label: class ids of which nothing is known
  double target = 0;                  ///< regression
};

/// Turns label cells into classes or numbers.
class LabelReader {
 public:
  /// Throws `user` where label kind, columns and names do not fit together.
  explicit LabelReader(LabelOptions options);

  /// The label that the cells of the label columns hold. Throws `RowProblem`.
  Label read(std::span<const std::string> cells);

  /// Whether the classes are fixed; otherwise new ones are added as they come.
  bool names_given() const { return names_given_; }
  /// Whether a row had a class that is not among the given ones.
  bool has_unknown() const { return has_unknown_; }
  LabelNames& names() { return names_; }

 private:
  void use_columns_as_names(const std::vector<std::string>& columns);
  std::int64_t read_class(std::string_view text);
  void read_flags(std::span<const std::string> cells, Label& label) const;
  std::vector<std::int64_t> read_list(std::string_view text);
  std::vector<std::string> split_list(std::string_view text) const;

  LabelKind kind_;
  char separator_;
  bool allow_unknown_;
  LabelNames names_;
  bool names_given_;
  bool has_unknown_ = false;
  std::vector<std::int64_t> column_ids_;  ///< class id of every label column, where several
};

}  // namespace attune
