// Lists of labels in a cell from hostile bytes: no crash, no more items than characters, and UTF-8
// out where UTF-8 went in.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_list.h"
#include "attune/data/labels/label_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view cell(reinterpret_cast<const char*>(data), size);
  // Readers give UTF-8 alone.
  if (attune::find_invalid_utf8(cell) || !attune::looks_like_list(cell)) return 0;
  try {
    const auto items = attune::parse_label_list(cell);
    if (items.size() > size) std::abort();
    for (const attune::LabelItem& item : items) {
      if (attune::find_invalid_utf8(item.text)) std::abort();
    }
  } catch (const attune::RowProblem& problem) {
    if (problem.reason.empty()) std::abort();
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
