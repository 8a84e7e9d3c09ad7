#pragma once

#include "attune/media/text/component_json.h"
#include "attune/media/text/tokenizer_definition.h"

namespace attune {

/// What transformers makes of tokenizer_config.json (`config`), special_tokens_map.json (`special`)
/// and added_tokens.json (kept as "added_tokens") together (5.24, tokenization_utils_base.py,
/// _from_pretrained): where `config` has "added_tokens_decoder" the other two are not read;
/// otherwise what `special` says replaces what `config` says.
Json merge_tokenizer_settings(const Json& config, const Json& special, Json added_tokens);

/// Adds to a tokenizer.json that is taken as it is the added and special tokens that only
/// `settings` (see `merge_tokenizer_settings`) name, as transformers' PreTrainedTokenizerFast does.
/// Returns whether something changed; `json_text` is then the file that agrees with it.
bool add_settings_tokens(TokenizerDefinition& definition, const ComponentJson& settings);

/// Fills `json` and `json_text` with the tokenizer.json that transformers' BertTokenizer makes of
/// the same vocab.txt and settings: do_lower_case, tokenize_chinese_chars, strip_accents, the
/// special tokens with their flags, those without a role, added_tokens_decoder, and `added_tokens`,
/// the content of added_tokens.json. Special tokens that
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
