#include "attune/tasks/run/predict/table_inputs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/error.h"

namespace attune {

std::unique_ptr<RowReader> open_table(const std::string& path, const ReaderOptions& options,
                                      const std::string& column) {
  return path == "-" ? open_rows(open_standard_input(), options, column) : open_rows(path, options);
}

TableInputs::TableInputs(std::unique_ptr<RowReader> rows, const std::vector<std::string>& asked,
                         const std::vector<std::string>& keep, const std::string& member)
    : rows_(std::move(rows)), kept_(keep), asked_(asked.size()) {
  for (auto name = keep.begin(); name != keep.end(); ++name) {
    check(std::find(name + 1, keep.end(), *name) == keep.end(), ErrorKind::user,
          "--keep-columns: \"{}\" is given twice", *name);
  }
  const std::vector<std::string>& columns = rows_->columns();
  const bool has_all = std::find(columns.begin(), columns.end(), "all") != columns.end();
  if (keep == std::vector<std::string>{"all"} && !has_all) {
    kept_.clear();
    // Of pandas' index, which has no name, nothing could be said.
    std::copy_if(columns.begin(), columns.end(), std::back_inserter(kept_),
                 [](const std::string& name) { return !name.empty(); });
  }
  std::vector<ColumnRequest> requests;
  for (const std::string& name : asked) requests.push_back({.name = name});
  requests.front().member = member;
  for (const std::string& name : kept_) requests.push_back({.name = name, .as_json = true});
  rows_->select(requests);
}

std::optional<TableInput> TableInputs::next() {
  if (!rows_->next(row_)) return {};
  const std::string& file = rows_->files()[static_cast<std::size_t>(row_.file)];
  TableInput input{.where = row_.line == 0 ? file : fmt::format("{}:{}", file, row_.line)};
  if (!row_.problem.empty()) {
    input.problem = fmt::format("{}: {}", input.where, row_.problem);
    return input;
  }
  input.cells.assign(row_.cells.begin(), row_.cells.begin() + static_cast<long>(asked_));
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const std::string& cell = row_.cells[asked_ + i];
    if (!rows_->gives_json()) {
      input.kept[kept_[i]] = cell;
    } else {
      input.kept[kept_[i]] = cell.empty() ? Json() : parse_json(cell, input.where);
    }
  }
  return input;
}

}  // namespace attune
