#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/labels/label_list.h"
#include "attune/data/labels/label_vectors.h"
#include "attune/data/labels/labels.h"

namespace attune {

/// Why a row cannot be used. Thrown and caught within this folder only.
struct RowProblem {
  std::string reason;
};

/// What -1 says in a column of 0 and 1 (CheXpert's "uncertain"), and what an empty cell.
enum class UncertainLabels { zero, one, ignore };
enum class BlankLabels { unknown, negative };

constexpr auto enum_names(UncertainLabels) {
  return std::to_array<std::pair<UncertainLabels, std::string_view>>(
      {{UncertainLabels::zero, "zero"},
       {UncertainLabels::one, "one"},
       {UncertainLabels::ignore, "ignore"}});
}

constexpr auto enum_names(BlankLabels) {
  return std::to_array<std::pair<BlankLabels, std::string_view>>(
      {{BlankLabels::unknown, "unknown"}, {BlankLabels::negative, "negative"}});
}

/// What label columns hold.
struct LabelOptions {
  LabelKind kind = LabelKind::single_label;
  /// At least one unless `kind` is `none`. Several are one class each, named by the column, with 0
  /// and 1: one 1 in a row where the kind is `single_label`.
  std::vector<std::string> columns;
  std::vector<std::string> names;  ///< of the classes by id; empty: taken from the data
  /// Whole numbers that are no names are the classes' ids: see LabelNames::allow_numbers.
  bool numbers = false;
  char separator = ',';  ///< multi_label with one column
  /// multi_label with several columns: an empty cell (or -1, nan) says that nothing is known of the
  /// class; otherwise it is a problem.
  bool allow_unknown = false;
  UncertainLabels uncertain = UncertainLabels::ignore;  ///< where `allow_unknown`
  BlankLabels blank = BlankLabels::unknown;             ///< where `allow_unknown`
  /// Cells that pandas reads as missing (`means_missing`) are, unless a given name is one of them.
  bool keep_default_na = true;
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
  /// Tells, when all rows of `table` are read, whether their lists were vectors of 0 and 1: then
  /// the set of each row, in their order, and classes that are numbers unless they have names.
  /// Throws `data` where there are names of another number.
  std::optional<std::vector<std::vector<std::int64_t>>> take_vectors(const std::string& table);
  /// Whether the separator has parted any list.
  bool has_parted() const { return has_parted_; }

 private:
  void use_columns_as_names(const std::vector<std::string>& columns);
  std::int64_t read_class(std::string_view text);
  std::int64_t read_one_hot(std::span<const std::string> cells) const;
  void read_flags(std::span<const std::string> cells, Label& label) const;
  std::vector<std::int64_t> read_list(std::string_view text);
  std::vector<LabelItem> split_list(std::string_view text);
  std::string separator_hint(std::string_view text) const;

  LabelKind kind_;
  char separator_;
  bool allow_unknown_, keep_default_na_;
  UncertainLabels uncertain_;
  BlankLabels blank_;
  LabelNames names_;
  bool names_given_;
  bool has_unknown_ = false, has_parted_ = false;
  LabelVectors vectors_;
  std::vector<std::int64_t> column_ids_;  ///< class id of every label column, where several
};

}  // namespace attune
