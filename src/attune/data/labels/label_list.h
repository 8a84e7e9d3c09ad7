#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace attune {

/// A name in a list of labels. `is_quoted`: it was written as a string, so that 0 is a name too.
struct LabelItem {
  std::string text;
  bool is_quoted = false;
};

/// Whether a cell is a list in itself, whatever separates labels: a JSON array, or what Python and
/// numpy print of a list, tuple, set or array: ['a', 'b'], ['a' 'b'], [0. 1.], (0, 1), {'a'},
/// array([0, 1]), [np.str_('a')].
bool looks_like_list(std::string_view cell);

/// The items of such a cell. Throws `RowProblem` where it does not end, holds lists, or numpy has
/// left out values ("...").
std::vector<LabelItem> parse_label_list(std::string_view cell);

}  // namespace attune
