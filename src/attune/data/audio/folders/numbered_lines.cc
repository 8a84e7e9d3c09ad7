#include "attune/data/audio/folders/numbered_lines.h"

#include <algorithm>

#include "attune/base/text/strings.h"
#include "attune/data/readers/row_reader.h"

namespace attune {

std::pair<std::string_view, std::string_view> NumberedLine::key_and_rest() const {
  const std::string_view line = trim(text);
  const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
  return {line.substr(0, blank), trim(line.substr(blank))};
}

std::vector<NumberedLine> read_numbered_lines(const fs::path& path,
                                              const EncodingOption& encoding) {
  ReaderOptions options = reader_options({}, encoding);
  options.format = TableFormat::txt;
  std::vector<NumberedLine> lines;
  const auto rows = open_rows(path, options);
  for (Row row; rows->next(row);) {
    std::string text = row.problem.empty() ? row.cells.front() : "";
    if (row.problem.empty() && trim(text).empty()) continue;
    lines.push_back({row.line, std::move(text), row.problem});
  }
  return lines;
}

}  // namespace attune
