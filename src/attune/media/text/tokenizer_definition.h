#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/media/text/encoding.h"
#include "attune/media/text/models/vocabulary.h"

namespace attune {

/// The special tokens by what they are for: nothing where the files do not say, "" where they say
/// that there is none (null).
struct SpecialTokenNames {
  std::optional<std::string> cls, sep, pad, unk, mask;
};

/// Everything that the files of a tokenizer say, before anything is built from it.
struct TokenizerDefinition {
  Json json;                  ///< tokenizer.json, `model.vocab` left empty
  VocabularyList vocabulary;  ///< model.vocab
  std::string source;         ///< the file, for messages
  std::string json_text;      ///< tokenizer.json as it is or, made from vocab.txt, will be written
  std::string config_text;    ///< tokenizer_config.json likewise
  std::string special_text;   ///< special_tokens_map.json likewise
  SpecialTokenNames special;
  std::int64_t model_max_length = kNoMaxLength;
  std::int32_t pad_token_type_id = 0;
  Side truncation_side = Side::right, padding_side = Side::right;

  /// What transformers writes for "no limit": int(1e30), held at what 64 bits hold.
  static constexpr std::int64_t kNoMaxLength = INT64_MAX;
};

/// Reads a folder: `tokenizer.json` or, where it is missing, `vocab.txt` (a BERT vocabulary, a
/// token per line), and with either `tokenizer_config.json`, `special_tokens_map.json` and
/// `added_tokens.json` if they are there (see `merge_tokenizer_settings`). Throws `data` or `user`
/// naming the file.
TokenizerDefinition read_tokenizer_folder(const fs::path& folder);

/// Reads one tokenizer.json.
TokenizerDefinition read_tokenizer_json(const fs::path& file);

/// The same from text; `source` names it in messages.
TokenizerDefinition parse_tokenizer_json(std::string text, const std::string& source);

}  // namespace attune
