#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "attune/data/labels/labels.h"
#include "attune/data/readers/row_reader.h"
#include "attune/data/split/given_split.h"

namespace attune {

/// The columns that are asked of a table, and where their cells then lie in a row: what the example
/// is comes first, its labels last.
class CellOrder {
 public:
  explicit CellOrder(const std::string& first) : requests{{first}} {}

  /// The cell of another column; 0, which is the first column's, where `name` is "".
  std::size_t add(const std::string& name);
  /// Several columns of `multi_label` are one label each; a single one lists them.
  void add_labels(LabelKind kind, const std::vector<std::string>& columns);

  std::vector<ColumnRequest> requests;
  std::size_t split = 0, group = 0;  ///< 0: no such cell
  std::size_t labels = 0;            ///< the first of the cells behind all others
  bool keep_default_na = true;       ///< of groups: see `read_group`
};

/// What the row says of the example's place in a division. Throws `RowProblem`.
template <typename Example>
void read_place(const Row& row, const CellOrder& order, Example& example) {
  if (order.split > 0)
    example.split = read_split(row.cells[order.split], order.requests[order.split].name);
  if (order.group > 0) example.group = read_group(row.cells[order.group], order.keep_default_na);
}

}  // namespace attune
