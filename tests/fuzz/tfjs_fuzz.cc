#include <string>
#include <string_view>

#include "attune/pretrained/formats/tfjs.h"
#include "checkpoint.h"

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
    touch_tensors(model.weights);
  } catch (const attune::Error&) {
  }
  return 0;
}
