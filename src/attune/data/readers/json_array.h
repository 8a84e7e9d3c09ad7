#pragma once

#include <cstddef>
#include <string_view>

namespace attune {

/// Where the next element of a JSON array lies in a text that holds the array from some point on.
struct ArrayElement {
  enum class Kind { element, needs_more, array_end, malformed };
  Kind kind = Kind::needs_more;
  std::size_t begin = 0, end = 0;  ///< of the element, or of the wrong byte
};

/// The element behind `from`: `is_first` directly behind the array's bracket, otherwise behind
/// another element, so that a comma comes first. Looks at brackets and strings alone; whether an
/// element is well formed its parser finds out. `is_all`: nothing follows `text`.
ArrayElement next_array_element(std::string_view text, std::size_t from, bool is_first,
                                bool is_all);

}  // namespace attune
