#include "attune/media/text/pre_tokenizers/pre_tokenizer.h"

#include "attune/media/text/pre_tokenizers/pre_tokenizers.h"

namespace attune {

std::unique_ptr<PreTokenizer> make_pre_tokenizer(const ComponentJson& json) {
  static constexpr ComponentType<PreTokenizer> kTypes[] = {
      {"BertPreTokenizer", make_bert_pre_tokenizer},
      {"Digits", make_digits},
      {"Punctuation", make_punctuation},
      {"Sequence", make_pre_tokenizer_sequence},
      {"Whitespace", make_whitespace},
      {"WhitespaceSplit", make_whitespace_split},
  };
  return make_component<PreTokenizer>("pre-tokenizer", kTypes, json);
}

}  // namespace attune
