#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/labels/flag_column.h"
#include "attune/data/labels/label_hints.h"
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
  /// In columns of 0 and 1 an empty cell (or -1, nan) may say that nothing is known of the class;
  /// otherwise it is a problem.
  bool allow_unknown = false;
  /// Where `allow_unknown`. Unset: `ignore` and `unknown` of several labels; of one label, which is
  /// then not known at all, a problem.
  std::optional<UncertainLabels> uncertain;
  std::optional<BlankLabels> blank;
  /// single_label: where all labels are whole numbers, those written as 1.0 are the class 1.
  bool whole_decimals = false;
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

/// A label that only the whole table has settled.
struct LateLabel {
  std::size_t row = 0;  ///< counts the cells that `read` has taken
  Label label;
  std::string problem;       ///< why the row cannot be used, or ""
  bool is_left_out = false;  ///< the options say that such rows are
};

/// Turns label cells into classes or numbers. What a single column holds, one row does not tell: 0,
/// 1, -1 and nothing are flags only where no row has anything else.
class LabelReader {
 public:
  /// Throws `user` where label kind, columns and names do not fit together.
  explicit LabelReader(LabelOptions options);

  /// The label that the cells of the label columns hold; empty where `settle` will tell. Throws
  /// `RowProblem`.
  Label read(std::span<const std::string> cells);
  /// How many labels `settle` will tell.
  std::size_t late_count() const { return late_.size(); }
  /// To be called when all rows of a table are read: the late labels, in the order of their rows.
  std::vector<LateLabel> settle();
  /// A sentence for each kind of cell that `settle` has taken for something else or left out.
  std::vector<std::string> notes() const;
  /// Throws `user` where `uncertain` or `blank` are set and the cells of `table` are of no such
  /// column.
  void check_served(const std::string& table) const;

  /// Whether the classes are fixed; otherwise new ones are added as they come.
  bool names_given() const { return names_given_; }
  /// Whether a row had a class that is not among the given ones.
  bool has_unknown() const { return has_unknown_; }
  LabelNames& names() { return names_; }
  /// Tells, when all rows of `table` are read, whether their lists were vectors of 0 and 1: then
  /// those of each row, in their order, and classes that are numbers unless they have names.
  /// Throws `data` where there are names of another number.
  std::optional<std::vector<LabelVectors::Places>> take_vectors(const std::string& table);
  /// The label that a vector is. Throws `RowProblem` where -1 is none of the values it may have, or
  /// nothing is known.
  Label label_of(const LabelVectors::Places& places) const;
  /// Where all classes found are whole numbers and some are written as decimals: makes them classes
  /// of whole numbers, and returns the new id of every old one.
  std::optional<std::vector<std::int64_t>> take_whole_decimals();
  bool whole_decimals() const { return whole_decimals_; }
  /// Whether the separator has parted any list.
  bool has_parted() const { return has_parted_; }

 private:
  void use_columns_as_names(const std::vector<std::string>& columns);
  std::int64_t read_single(std::string_view cell);
  Label read_column(std::string_view cell);
  std::int64_t read_class(std::string_view text);
  std::int64_t read_one_hot(std::span<const std::string> cells) const;
  Label read_flags(std::span<const std::string> cells) const;
  Label read_list(std::string_view text);
  bool is_set(Flag flag) const;
  bool is_unknown(Flag flag) const;
  LateLabel settle_late(const std::string& key);
  LateLabel settle_single(Flag flag);
  std::int64_t class_of(Flag flag);
  std::vector<LabelItem> split_list(std::string_view text);

  LabelKind kind_;
  char separator_;
  bool allow_unknown_, keep_default_na_, whole_decimals_;
  std::optional<UncertainLabels> uncertain_;
  std::optional<BlankLabels> blank_;
  std::string column_;  ///< where there is one
  LabelNames names_;
  bool names_given_;
  bool has_unknown_ = false, has_parted_ = false;
  LabelVectors vectors_;
  LabelHints hints_;
  FlagColumn flags_;
  std::size_t rows_ = 0;
  std::vector<std::pair<std::size_t, std::string>> late_;  ///< row and cell
  std::array<std::int64_t, 2> flag_ids_ = {-1, -1};        ///< classes of 0 and 1 in one column
  bool has_flags_ = false;                                 ///< flags or vectors were found
  std::vector<std::int64_t> column_ids_;  ///< class id of every label column, where several
};

}  // namespace attune
