// Rules of transcripts: what they give is UTF-8 and, given again, stays as it is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "attune/base/text/utf8.h"
#include "attune/data/audio/transcript_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
  if (attune::find_invalid_utf8(text)) return 0;
  const attune::TranscriptOptions options{
      .letter_case = static_cast<attune::TranscriptCase>(data[0] % 4),
      .remove_punctuation = data[1] % 2 == 1,
      .chars_to_remove = data[1] % 3 == 1 ? "é,ς" : "",
      .unicode_normalization = static_cast<attune::TranscriptForm>(data[2] % 3)};
  const attune::TranscriptRules rules(options);
  const std::string once = rules.apply(text);
  if (attune::find_invalid_utf8(once) || rules.apply(once) != once) std::abort();
  return 0;
}
