// ARPA language models from hostile bytes: no crash, bounded memory, finite scores.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "attune/base/error.h"
#include "attune/media/text/ngram/arpa.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const attune::NGramModel model =
        attune::parse_arpa({reinterpret_cast<const char*>(data), size}, "fuzz");
    attune::NGramModel::State state = model.begin_state();
    for (std::uint32_t word = 0; word < model.num_words(); ++word) {
      if (!std::isfinite(model.score(state, word))) std::abort();
      if (state.length >= model.order()) std::abort();
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
