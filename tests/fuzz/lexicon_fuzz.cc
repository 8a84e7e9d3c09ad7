// Lexicons from hostile bytes: no crash, bounded memory, every word is found by its spelling.
#include <cstdint>
#include <cstdlib>

#include "attune/base/error.h"
#include "attune/media/text/ctc/lexicon.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const attune::CtcAlphabet alphabet{{"", "|", "a", "b", "th"}, 0, 1};
  try {
    const attune::Lexicon lexicon =
        attune::parse_lexicon({reinterpret_cast<const char*>(data), size}, "fuzz", alphabet);
    for (std::uint32_t word = 0; word < lexicon.size(); ++word) {
      std::uint32_t found = lexicon.first_word(lexicon.find(0, lexicon.spelling(word)));
      while (found != word) {
        if (found == attune::Lexicon::kNone) std::abort();
        found = lexicon.next_alike(found);
      }
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
