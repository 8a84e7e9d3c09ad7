#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

/// A row of the table that `predict` reads.
struct TableInput {
  std::vector<std::string> cells;  ///< of the columns that the question is made of
  Json kept = Json::object();      ///< columns that go through, by name
  std::string where;               ///< "new.csv:17"
  std::string problem;             ///< why the row cannot be read, or ""
};

/// The table of `path`, "-" being standard input (`open_rows`, which is told that it should have
/// `column`).
std::unique_ptr<RowReader> open_table(const std::string& path, const ReaderOptions& options,
                                      const std::string& column);

/// Streams a table as inputs of `predict`.
class TableInputs {
 public:
  /// `asked`: what the question is made of; `keep`: what goes through, "all" for all columns
  /// (unless one is called so). `member`: that of the first of `asked` (see `ColumnRequest`).
  /// Throws `data` for a missing column.
  TableInputs(std::unique_ptr<RowReader> rows, const std::vector<std::string>& asked,
              const std::vector<std::string>& keep, const std::string& member = "");

  const std::vector<std::string>& kept() const { return kept_; }
  std::optional<TableInput> next();

 private:
  std::unique_ptr<RowReader> rows_;
  std::vector<std::string> kept_;
  std::size_t asked_;
  Row row_;
};

}  // namespace attune
