#include "attune/data/readers/lines.h"

#include <utility>

#include "attune/base/error.h"

namespace attune {
namespace {

class LineReader : public RowReader {
 public:
  LineReader(std::unique_ptr<ByteSource> source, std::string column) : window_(std::move(source)) {
    files_ = {window_.name()};
    set_columns({std::move(column)});
    while (window_.rest().empty() && window_.refill(1)) {
    }
    check(!window_.rest().empty(), ErrorKind::data, "{}: the file is empty", window_.name());
  }

  bool next(Row& row) override {
    std::size_t end = 0;
    while ((end = window_.rest().find('\n')) == std::string_view::npos && window_.refill(line_)) {
    }
    const std::string_view rest = window_.rest();
    if (rest.empty()) return false;
    std::string_view line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    row.file = 0;
    row.line = line_++;
    // Line by line, so that one bad byte costs one row and not the file.
    row.problem = utf8_problem(line, row.line);
    row.cells.assign(selected_.size(), row.problem.empty() ? std::string(line) : std::string());
    window_.consume(end == std::string_view::npos ? rest.size() : end + 1);
    return true;
  }

 private:
  RecordWindow window_;
  std::int64_t line_ = 1;
};

}  // namespace

std::unique_ptr<RowReader> open_lines(std::unique_ptr<ByteSource> source, std::string column) {
  return std::make_unique<LineReader>(std::move(source), std::move(column));
}

}  // namespace attune
