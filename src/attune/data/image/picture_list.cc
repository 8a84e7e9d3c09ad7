#include "attune/data/image/picture_list.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/log.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_reader.h"

namespace attune {
namespace {

/// The fields of the first line at one separator.
struct FirstLine {
  char delimiter;
  std::vector<std::string> fields;
};

std::vector<FirstLine> first_lines(const fs::path& path, const ReaderOptions& given) {
  std::vector<char> delimiters = {'\t', ',', ';', '|', ' '};
  if (given.delimiter != '\0') delimiters = {given.delimiter};
  std::vector<FirstLine> lines;
  for (const char delimiter : delimiters) {
    ReaderOptions options = given;
    options.delimiter = delimiter;
    options.column_names.clear();  // the reader's header is the first line
    lines.push_back({delimiter, open_rows(path, options)->columns()});
  }
  return lines;
}

bool is_picture(const std::string& name, FileFinder& files) {
  try {
    files.find(name);
    return true;
  } catch (const RowProblem&) {
    return false;
  }
}

}  // namespace

ReaderOptions picture_list_options(const fs::path& path, const ReaderOptions& given,
                                   const std::string& image_column, const std::string& label_column,
                                   FileFinder& files) {
  std::error_code ignored;
  if (given.format != TableFormat::automatic || table_format(path) != TableFormat::txt ||
      fs::is_directory(path, ignored)) {
    return given;
  }
  ReaderOptions options = given;
  options.format = TableFormat::csv;
  const std::vector<FirstLine> lines = first_lines(path, options);
  const std::vector<std::string>& names = given.column_names;
  for (const auto& [delimiter, fields] : lines) {
    options.delimiter = delimiter;
    const bool is_header = names.empty() && std::ranges::find(fields, image_column) != fields.end();
    if (is_header || (!names.empty() && fields.size() == names.size())) return options;
  }
  check(names.empty(), ErrorKind::user,
        "{}: --columns names {} columns, but its first line parts into so many at neither tab, "
        "comma, semicolon, bar nor blank; set --delimiter, or name others",
        path.string(), names.size());
  for (const auto& [delimiter, fields] : lines) {
    const std::size_t least = label_column.empty() ? 1 : 2;
    if (fields.size() < least || fields.size() > 2 || !is_picture(fields.front(), files)) continue;
    options.delimiter = delimiter;
    options.column_names = {image_column};
    if (fields.size() == 2) {
      options.column_names.push_back(label_column.empty() ? "label" : label_column);
    }
    log_info("{}: it has no header line; its columns are taken for {}, separated by {}",
             path.string(), join(options.column_names, " and "),
             delimiter == '\t'  ? "tabs"
             : delimiter == ' ' ? "blanks"
                                : fmt::format("\"{}\"", delimiter));
    return options;
  }
  fail(ErrorKind::user,
       "{}: the first line, \"{}\", has no column \"{}\" and is no picture's name with a label; "
       "name the columns with --columns, what separates them with --delimiter; --root says in "
       "which folder the names begin, --image-suffix what ending they lack",
       path.string(),
       shorten_utf8(join(lines.back().fields, std::string(1, lines.back().delimiter)), 100),
       image_column);
}

}  // namespace attune
