// JSONL from hostile bytes: no crash, valid UTF-8 out, and the same rows whatever the chunk size.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "attune/base/error.h"
#include "attune/data/readers/jsonl.h"
#include "attune/data/text/text_dataset.h"
#include "rows.h"

namespace {

std::vector<std::string> read_all(std::string_view text, bool select, std::size_t chunk_bytes) {
  return dump_rows([&] {
    auto reader = attune::open_jsonl(attune::open_memory(text, "fuzz"), chunk_bytes);
    if (select) {
      const std::vector<attune::ColumnRequest> requests = {{"text", false}, {"label", true}};
      reader->select(requests);
    }
    return reader;
  });
}

/// The whole way from bytes to labels.
void load(std::string_view text, attune::LabelKind kind) {
  try {
    const auto reader = attune::open_jsonl(attune::open_memory(text, "fuzz"));
    attune::read_text_dataset(*reader, "fuzz",
                              {.label_kind = kind, .on_bad_row = attune::OnBadRow::skip});
  } catch (const attune::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto expected = read_all(text, true, std::size_t{1} << 18);
  if (read_all(text, true, 1 + data[0]) != expected) std::abort();
  read_all(text, false, 1 + data[0]);
  load(text, static_cast<attune::LabelKind>(data[0] % 4));
  return 0;
}
