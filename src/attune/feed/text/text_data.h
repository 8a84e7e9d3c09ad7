#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/data/text/text_dataset.h"
#include "attune/feed/text/token_store.h"
#include "attune/media/text/tokenizer.h"
#include "attune/models/sequence_classifier.h"

namespace attune {

/// Labelled texts and their tokens; example i of both is the same.
struct TextData {
  TextDataset dataset;
  TokenStore tokens;
  std::vector<std::int64_t> full_lengths;  ///< in tokens, before they were cut
  std::int64_t text_tokens = 0;            ///< without special ones, after the cut
  std::int64_t unknown_tokens = 0;         ///< those of them that stand for what is not known

  std::int64_t size() const { return dataset.size(); }
};

/// Tokenises a text, or a pair, cut to `max_length` tokens (Hugging Face's "longest first").
/// `full_length` receives its length before.
Encoding tokenize_text(const Tokenizer& tokenizer, const std::string& text,
                       const std::optional<std::string>& pair, std::int64_t max_length,
                       std::int64_t& full_length);

/// Tokenises every example on `threads` threads (0: all cores).
TextData tokenize_dataset(TextDataset dataset, const Tokenizer& tokenizer, std::int64_t max_length,
                          std::int64_t threads);

/// Warns where more than 5 % of the tokens are unknown: the tokenizer is hardly that of these
/// texts. `what` they are of: "the training texts". Returns whether it did.
bool warn_of_unknown_tokens(std::int64_t unknown, std::int64_t tokens, const std::string& what);

/// Throws `user` where the tokenizer has ids or segments that the model's tables do not.
void check_tokenizer_fits(const Tokenizer& tokenizer, const ClassifierInfo& model, bool has_pairs,
                          const std::string& source);

/// How texts are cut: what the user wanted, but never more than the model or tokenizer takes.
/// Throws `user` where the user asked for more than the model has positions.
std::int64_t effective_max_length(std::optional<std::int64_t> wanted, const Tokenizer& tokenizer,
                                  std::int64_t model_positions);

}  // namespace attune
