#include "attune/data/readers/table_options.h"

#include "attune/base/error.h"

namespace attune {

char one_character(const std::string& text, const char* option) {
  if (text.empty()) return '\0';
  // A tab is hard to type in a shell and invisible in YAML.
  if (text == "\\t" || text == "tab") return '\t';
  check(text.size() == 1, ErrorKind::user, "{}: got \"{}\", expected one ASCII character", option,
        text);
  return text[0];
}

ReaderOptions reader_options(const TableOptions& table, const EncodingOption& encoding) {
  return {.delimiter = one_character(table.delimiter, "--delimiter"),
          .quote = table.quote,
          .column_names = table.columns,
          .encoding = encoding.encoding};
}

}  // namespace attune
