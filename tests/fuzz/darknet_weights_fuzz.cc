#include <cstdint>
#include <span>
#include <string_view>

#include "attune/pretrained/formats/darknet/darknet_weights.h"
#include "checkpoint.h"

// A .cfg, a byte 0, and the weights.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = all.find('\0');
  if (end == std::string_view::npos) return 0;
  try {
    const attune::DarknetCfg cfg = attune::parse_darknet_cfg(all.substr(0, end), "fuzz.cfg");
    const auto weights = std::as_bytes(std::span(data, size)).subspan(end + 1);
    touch_tensors(attune::parse_darknet_weights(weights, "fuzz", cfg));
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) __builtin_trap();
  }
  return 0;
}
