#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "attune/base/error.h"
#include "attune/pretrained/formats/tfjs.h"

// A model.json, a zero byte, and the bytes that each weight file has. An `Error`, or tensors that
// have the bytes that their shapes say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view text = input.substr(0, input.find('\0'));
  const auto rest = std::as_bytes(std::span(data, size)).subspan(text.size());
  const auto weights = rest.empty() ? rest : rest.subspan(1);
  try {
    const auto model =
        attune::parse_tfjs(text, "fuzz", [&](const std::string&) { return weights; });
    unsigned sum = 0;
    for (const attune::TensorView& tensor : model.weights.tensors()) {
      const auto wanted = attune::tensor_bytes(tensor.dtype, tensor.shape);
      if (wanted != tensor.bytes.size()) __builtin_trap();
      for (const std::byte value : tensor.bytes) sum += static_cast<unsigned>(value);
    }
    static volatile unsigned sink;
    sink = sum;
  } catch (const attune::Error&) {
  }
  return 0;
}
