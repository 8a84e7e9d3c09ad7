#pragma once

#include "attune/media/text/pre_tokenizers/pre_tokenizer.h"

// What builds each variant; `make_pre_tokenizer` lists them by their type in tokenizer.json.
namespace attune {

/// Words between white space, each punctuation character on its own.
std::unique_ptr<PreTokenizer> make_bert_pre_tokenizer(const ComponentJson& json);
/// individual_digits.
std::unique_ptr<PreTokenizer> make_digits(const ComponentJson& json);
/// behavior, default Isolated.
std::unique_ptr<PreTokenizer> make_punctuation(const ComponentJson& json);
/// pretokenizers.
std::unique_ptr<PreTokenizer> make_pre_tokenizer_sequence(const ComponentJson& json);
/// The matches of `\w+|[^\w\s]+`.
std::unique_ptr<PreTokenizer> make_whitespace(const ComponentJson& json);
std::unique_ptr<PreTokenizer> make_whitespace_split(const ComponentJson& json);

}  // namespace attune
