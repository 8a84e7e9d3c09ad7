#include <cstdint>
#include <string_view>

#include "attune/base/error.h"
#include "attune/pretrained/formats/darknet/darknet_network.h"

// What is read is read again as it was written, and comes to the same network.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace attune;
  try {
    const DarknetCfg cfg = parse_darknet_cfg({reinterpret_cast<const char*>(data), size}, "fuzz");
    const std::string text = cfg.text();
    const DarknetCfg again = parse_darknet_cfg(text, "again");
    if (again.text() != text) __builtin_trap();
    const DarknetNetwork network = read_darknet_network(cfg);
    if (read_darknet_network(again).layers.size() != network.layers.size()) __builtin_trap();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) __builtin_trap();
  }
  return 0;
}
