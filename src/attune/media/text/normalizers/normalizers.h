#pragma once

#include "attune/media/text/normalizers/normalizer.h"

// What builds each variant; `make_normalizer` lists them by their type in tokenizer.json.
namespace attune {

/// clean_text, handle_chinese_chars, strip_accents (null: as lowercase), lowercase.
std::unique_ptr<Normalizer> make_bert_normalizer(const ComponentJson& json);
std::unique_ptr<Normalizer> make_lowercase(const ComponentJson& json);
std::unique_ptr<Normalizer> make_nfc(const ComponentJson& json);
std::unique_ptr<Normalizer> make_nfd(const ComponentJson& json);
std::unique_ptr<Normalizer> make_nfkc(const ComponentJson& json);
std::unique_ptr<Normalizer> make_nfkd(const ComponentJson& json);
/// pattern {"String": ...}, content.
std::unique_ptr<Normalizer> make_replace(const ComponentJson& json);
/// normalizers.
std::unique_ptr<Normalizer> make_normalizer_sequence(const ComponentJson& json);
/// strip_left, strip_right.
std::unique_ptr<Normalizer> make_strip(const ComponentJson& json);
std::unique_ptr<Normalizer> make_strip_accents(const ComponentJson& json);

}  // namespace attune
