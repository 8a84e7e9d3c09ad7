#pragma once

#include "attune/media/text/component_json.h"
#include "attune/media/text/tokenizer_definition.h"

namespace attune {

/// Fills `json` and `json_text` with the tokenizer.json that transformers' BertTokenizer makes of
/// the same vocab.txt and settings: do_lower_case, tokenize_chinese_chars, strip_accents, the
/// special tokens with their flags, additional_special_tokens, extra_special_tokens,
/// added_tokens_decoder, and `added_tokens`, the content of added_tokens.json. Special tokens that
/// the vocabulary lacks get the next free ids, as there.
void make_bert_definition(TokenizerDefinition& definition, const ComponentJson& settings);

/// Brings a tokenizer.json of a WordPiece model in line with what transformers' BertTokenizer makes
/// of it: of the file it takes vocabulary and added tokens alone, everything else is built from
/// tokenizer_config.json and the class's defaults (do_lower_case true). Returns whether something
/// changed; `json_text` is then the file that agrees with it.
bool follow_bert_class(TokenizerDefinition& definition, const ComponentJson& settings);

/// The text of a token that a settings file gives as a string or as {"content": ...}. `where` names
/// the place in messages.
std::string read_token_content(const Json& value, const std::string& where);

/// Where tokenizer_config.json or special_tokens_map.json was not read, makes its text.
void complete_settings_texts(TokenizerDefinition& definition);

}  // namespace attune
