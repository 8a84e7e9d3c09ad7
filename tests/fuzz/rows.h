// What a reader of tables gives, for comparison.
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/readers/row_reader.h"

/// Lines, problems and cells of all rows, and the error that ends them, if one does. Aborts where a
/// cell is not UTF-8.
inline std::vector<std::string> dump_rows(
    const std::function<std::unique_ptr<attune::RowReader>()>& open) {
  std::vector<std::string> seen;
  try {
    const auto reader = open();
    for (attune::Row row; reader->next(row);) {
      seen.push_back(std::to_string(row.line) + row.problem);
      for (const std::string& cell : row.cells) {
        if (attune::find_invalid_utf8(cell)) std::abort();
        seen.push_back(cell);
      }
    }
  } catch (const attune::Error& error) {
    seen.push_back(error.what());
  }
  return seen;
}
