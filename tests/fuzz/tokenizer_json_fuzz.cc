// A tokenizer.json of arbitrary bytes is read or refused, and what is read encodes and decodes.
// The input is the JSON and, behind the first zero byte, the text.
#include <string>
#include <string_view>

#include "attune/base/error.h"
#include "attune/media/text/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\0');
  const std::string_view text =
      end == input.npos ? "A b\u00e9 [CLS] \u65e5!" : input.substr(end + 1);
  try {
    const auto tokenizer =
        attune::Tokenizer::from_json(std::string(input.substr(0, end)), "fuzz.json");
    attune::EncodeOptions options{.truncation = attune::TruncationStrategy::longest_first,
                                  .max_length = 8,
                                  .stride = 2,
                                  .return_overflowing = true};
    const auto whole = tokenizer.encode(text);
    const auto pair = tokenizer.encode(text, text, options);
    for (const attune::Span span : whole.offsets) {
      if (span.begin > span.end || span.end > text.size()) __builtin_trap();
    }
    tokenizer.decode(whole.ids);
    tokenizer.decode(pair.ids, true);
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) __builtin_trap();
  }
  return 0;
}
