#include "attune/data/split/given_split.h"

#include <string>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_reader.h"

namespace attune {

bool parse_split(std::string_view text, GivenSplit& split) {
  const std::string name = to_lower_ascii(trim(text));
  if (name.empty()) {
    split = GivenSplit::none;
  } else if (name == "train" || name == "training") {
    split = GivenSplit::train;
  } else if (name == "val" || name == "valid" || name == "validation" || name == "dev") {
    split = GivenSplit::validation;
  } else if (name == "test" || name == "testing") {
    split = GivenSplit::test;
  } else {
    return false;
  }
  return true;
}

GivenSplit read_split(std::string_view cell) {
  GivenSplit split = GivenSplit::none;
  if (!parse_split(cell, split) || split == GivenSplit::none) {
    throw RowProblem{fmt::format("the split is \"{}\", expected train, validation or test",
                                 shorten_utf8(cell, 60))};
  }
  return split;
}

std::string_view read_group(std::string_view cell) {
  const std::string_view group = trim(cell);
  if (group.empty()) throw RowProblem{"the group is empty"};
  return group;
}

}  // namespace attune
