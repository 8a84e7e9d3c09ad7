// Vocabularies of CTC models from hostile bytes: no crash, and ids of texts that the head has and
// that are not the blank. The input is vocab.json, tokenizer_config.json and a text, parted by zero
// bytes; without them a dictionary of fairseq.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/ctc/ctc_vocabulary_file.h"

namespace {

void use(const attune::CtcVocabulary& vocabulary, std::string_view text) {
  attune::check_alphabet(vocabulary.alphabet());
  if (static_cast<std::int64_t>(vocabulary.alphabet().labels.size()) != vocabulary.size()) {
    std::abort();
  }
  if (attune::find_invalid_utf8(text)) return;
  for (const std::int64_t id : vocabulary.encode(text)) {
    if (id < 0 || id >= vocabulary.size() || id == vocabulary.blank()) std::abort();
  }
}

attune::CtcVocabulary read(std::string_view vocabulary, std::string_view config) {
  attune::CtcSymbolNames names;
  const attune::Json json = attune::parse_json(config, "config");
  if (!json.is_object()) attune::fail(attune::ErrorKind::data, "no object");
  attune::read_ctc_names(json, names, "config");
  const auto added = attune::read_added_ctc_symbols(json, "config");
  return {attune::read_ctc_symbols(attune::parse_json(vocabulary, "vocab"), "", "vocab"), added,
          names, "vocab"};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t first = all.find('\0');
  const std::size_t second = first == all.npos ? all.npos : all.find('\0', first + 1);
  try {
    if (second == all.npos) {
      use(attune::parse_fairseq_dictionary(all, "dict"), "A b");
    } else {
      use(read(all.substr(0, first), all.substr(first + 1, second - first - 1)),
          all.substr(second + 1));
    }
  } catch (const attune::Error& error) {
    if (error.kind() == attune::ErrorKind::internal) std::abort();
  }
  return 0;
}
