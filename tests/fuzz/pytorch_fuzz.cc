#include "attune/pretrained/formats/pytorch/pytorch.h"
#include "checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parse = [](std::span<const std::byte> bytes, const std::string& source) {
    return attune::parse_pytorch(bytes, source);
  };
  return fuzz_checkpoint(parse, data, size);
}
