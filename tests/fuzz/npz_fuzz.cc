#include <cstddef>
#include <cstdint>
#include <span>

#include "attune/base/error.h"
#include "attune/pretrained/formats/npz.h"

// Whatever the bytes are: an `Error`, or tensors that have the bytes that their shapes say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = attune::parse_npz(std::as_bytes(std::span(data, size)), "fuzz");
    unsigned sum = 0;
    for (const attune::TensorView& tensor : file.tensors()) {
      const auto wanted = attune::tensor_bytes(tensor.dtype, tensor.shape);
      if (wanted != tensor.bytes.size() || file.find(tensor.name) != &tensor) __builtin_trap();
      for (const std::byte value : tensor.bytes) sum += static_cast<unsigned>(value);
    }
    static volatile unsigned sink;
    sink = sum;
  } catch (const attune::Error&) {
  }
  return 0;
}
