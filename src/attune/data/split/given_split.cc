#include "attune/data/split/given_split.h"

#include <string>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_reader.h"
#include "attune/data/labels/label_text.h"

namespace attune {

bool parse_split(std::string_view text, GivenSplit& split) {
  const std::string name = to_lower_ascii(label_key(text));
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

namespace {

/// The part that a column of true and false marks by its name, and that of the rest.
struct MarkedParts {
  GivenSplit marked = GivenSplit::none, rest = GivenSplit::none;
};

MarkedParts marked_parts(std::string_view column) {
  std::string name = to_lower_ascii(trim(column));
  for (const std::string_view prefix : {"is_", "is", "in_"}) {
    if (name.starts_with(prefix)) {
      name.erase(0, prefix.size());
      break;
    }
  }
  GivenSplit part = GivenSplit::none;
  parse_split(name.substr(0, name.find_first_of("_ ")), part);
  return {part, part == GivenSplit::train ? GivenSplit::test : GivenSplit::train};
}

}  // namespace

GivenSplit read_split(std::string_view cell, std::string_view column) {
  GivenSplit split = GivenSplit::none;
  if (parse_split(cell, split) && split != GivenSplit::none) return split;
  const std::string text = to_lower_ascii(label_key(cell));
  const bool is_true = text == "true" || text == "1" || text == "1.0";
  const bool is_flag = is_true || text == "false" || text == "0" || text == "0.0";
  const MarkedParts parts = marked_parts(column);
  if (is_flag && parts.marked != GivenSplit::none) return is_true ? parts.marked : parts.rest;
  throw RowProblem{fmt::format(
      "the split is \"{}\", expected train, validation or test{}", shorten_utf8(cell, 60),
      is_flag
          ? fmt::format("; which part true and false are the name of a column can say (is_valid, "
                        "is_test), but \"{}\" does not",
                        column)
          : "")};
}

std::string read_group(std::string_view cell, bool keep_default_na) {
  std::string group = label_key(cell);
  if (group.empty()) throw RowProblem{"the group is empty"};
  if (keep_default_na && means_missing(group)) {
    throw RowProblem{
        fmt::format("the group \"{}\" reads as missing, as it does in pandas; set "
                    "--no-keep-default-na where it "
                    "is a group",
                    group)};
  }
  return group;
}

}  // namespace attune
