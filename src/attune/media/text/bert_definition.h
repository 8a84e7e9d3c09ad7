#pragma once

#include "attune/media/text/component_json.h"
#include "attune/media/text/tokenizer_definition.h"

namespace attune {

/// Fills `json` and `json_text` with the tokenizer.json that transformers' BertTokenizer makes of
/// the same vocab.txt and tokenizer_config.json (do_lower_case, tokenize_chinese_chars,
/// strip_accents, special tokens, added_tokens_decoder). Special tokens that the vocabulary lacks
/// get the next free ids, as there.
void make_bert_definition(TokenizerDefinition& definition, const ComponentJson& config);

/// Where tokenizer_config.json or special_tokens_map.json was not read, makes its text.
void complete_settings_texts(TokenizerDefinition& definition);

}  // namespace attune
