#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "attune/media/text/component_json.h"
#include "attune/media/text/models/vocabulary.h"

namespace attune {

/// A token of a word: its id and the bytes of the word it covers.
struct WordToken {
  std::int32_t id;
  std::uint32_t begin, end;
};

/// Third role: cuts a word into tokens of a vocabulary. Immutable and thread-safe.
class TokenModel {
 public:
  virtual ~TokenModel() = default;

  /// Appends the tokens of `word` (well-formed UTF-8, not empty) in order.
  virtual void tokenize(std::string_view word, std::vector<WordToken>& out) const = 0;
  virtual const Vocabulary& vocabulary() const = 0;
  /// The token that stands for what the vocabulary cannot spell, "" where there is none.
  virtual std::string_view unknown_token() const = 0;
};

/// Builds the model that `json` (the `model` of a tokenizer.json, its `vocab` object read into
/// `vocabulary`) describes. Old files carry no `type`; they are told by their fields.
std::unique_ptr<TokenModel> make_token_model(const ComponentJson& json,
                                             const VocabularyList& vocabulary);

}  // namespace attune
