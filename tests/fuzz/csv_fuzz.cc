// CSV from hostile bytes: no crash, bounded memory, and the same rows whatever the chunk size.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "attune/data/readers/csv.h"
#include "rows.h"

namespace {

std::vector<std::string> read_all(std::string_view text, const attune::CsvOptions& options) {
  return dump_rows([&] { return attune::open_csv(attune::open_memory(text, "fuzz"), options); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  attune::CsvOptions options;
  if (data[0] & 1) options.delimiter = '\t';
  if (data[0] & 2) options.quote = attune::QuoteStyle::none;
  if (data[0] & 8) options.quote = attune::QuoteStyle::backslash;
  if (data[0] & 4) options.column_names = {"text", "label"};
  const auto expected = read_all(text, options);
  options.chunk_bytes = 1 + data[0] / 8;
  if (read_all(text, options) != expected) std::abort();
  return 0;
}
