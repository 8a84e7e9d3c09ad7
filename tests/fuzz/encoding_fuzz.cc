// Text in other encodings from hostile bytes: no crash, UTF-8 out, and the same whatever the size
// of the reads.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "attune/base/text/utf8.h"
#include "attune/data/readers/encoding.h"
#include "byte_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::array<const char*, 12> kEncodings{
      "latin-1",   "cp1252",  "utf-16", "utf-16-le",   "utf-16-be", "utf-32",
      "shift_jis", "gb18030", "euc-kr", "iso-2022-jp", "utf-7",     "big5"};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const char* encoding = kEncodings[data[0] % kEncodings.size()];
  const auto open = [&] {
    return attune::decode_source(attune::open_memory(bytes, "fuzz"), encoding);
  };
  constexpr std::size_t kLimit = std::size_t{1} << 22;
  const SourceContent whole = read_all(open, std::size_t{1} << 16, kLimit);
  const SourceContent pieces = read_all(open, 1 + data[1], kLimit);
  if (!(pieces == whole)) std::abort();
  if (whole.error.empty() && attune::find_invalid_utf8(whole.bytes)) std::abort();
  return 0;
}
