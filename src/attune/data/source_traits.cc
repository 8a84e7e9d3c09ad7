#include "attune/data/source_traits.h"

#include <system_error>

#include "attune/base/error.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

config::Trait source_trait(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return kTextFolder;
  switch (table_format(path)) {
    case TableFormat::txt:
      return kTextLines;
    case TableFormat::jsonl:
      return kJsonTable;
    default:
      return kDelimitedTable;  // what it cannot be the reader says
  }
}

config::Trait label_trait(LabelKind kind) {
  check(kind != LabelKind::none, ErrorKind::internal, "data without labels has no label's trait");
  if (kind == LabelKind::single_label) return kOneLabel;
  return kind == LabelKind::multi_label ? kSeveralLabels : kNumberLabels;
}

}  // namespace attune
