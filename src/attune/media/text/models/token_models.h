#pragma once

#include "attune/media/text/models/token_model.h"

// What builds each variant; `make_token_model` lists them by their type in tokenizer.json.
namespace attune {

/// unk_token, continuing_subword_prefix, max_input_chars_per_word, vocab.
std::unique_ptr<TokenModel> make_word_piece(const ComponentJson& json,
                                            const VocabularyList& vocabulary);

}  // namespace attune
