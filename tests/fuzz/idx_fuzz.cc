// idx arrays from hostile bytes: no crash, and as many values as the shape says.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "attune/base/error.h"
#include "attune/data/image/arrays/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const attune::IdxArray array = attune::parse_idx(std::as_bytes(std::span(data, size)), "fuzz");
    std::uint64_t count = 1;
    for (const std::int64_t length : array.shape) count *= static_cast<std::uint64_t>(length);
    if (count != array.values.size()) std::abort();
    std::uint64_t sum = 0;
    for (const std::uint8_t value : array.values) sum += value;
    if (sum > 255 * count) std::abort();
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
