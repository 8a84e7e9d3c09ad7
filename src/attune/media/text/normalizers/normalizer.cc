#include "attune/media/text/normalizers/normalizer.h"

#include "attune/media/text/normalizers/normalizers.h"

namespace attune {

std::unique_ptr<Normalizer> make_normalizer(const ComponentJson& json) {
  static constexpr ComponentType<Normalizer> kTypes[] = {
      {"BertNormalizer", make_bert_normalizer},
      {"Lowercase", make_lowercase},
      {"NFC", make_nfc},
      {"NFD", make_nfd},
      {"NFKC", make_nfkc},
      {"NFKD", make_nfkd},
      {"Replace", make_replace},
      {"Sequence", make_normalizer_sequence},
      {"Strip", make_strip},
      {"StripAccents", make_strip_accents},
  };
  return make_component<Normalizer>("normalizer", kTypes, json);
}

}  // namespace attune
