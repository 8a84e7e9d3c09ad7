#include "attune/pretrained/formats/safetensors/safetensors.h"
#include "checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fuzz_checkpoint(attune::parse_safetensors, data, size);
}
