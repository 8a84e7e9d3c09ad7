// CSV from hostile bytes: no crash, bounded memory, and the same rows whatever the chunk size.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/utf8.h"
#include "attune/data/readers/csv.h"

namespace {

std::vector<std::string> read_all(std::string_view text, const attune::CsvOptions& options) {
  std::vector<std::string> seen;
  try {
    const auto reader = attune::open_csv(attune::open_memory(text, "fuzz"), options);
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  attune::CsvOptions options;
  if (data[0] & 1) options.delimiter = '\t';
  if (data[0] & 2) options.quote = '\0';
  if (data[0] & 4) options.column_names = {"text", "label"};
  const auto expected = read_all(text, options);
  options.chunk_bytes = 1 + data[0] / 8;
  if (read_all(text, options) != expected) std::abort();
  return 0;
}
