#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/media/text/tokenizer.h"

namespace attune {

/// Arguments of a call to a tokenizer, by Hugging Face's names.
struct CallOptions {
  bool truncation = false;  ///< cut what is longer than `max_length`, longest text first
  bool padding = false;     ///< fill up to the longest text of the batch
  std::optional<std::int64_t> max_length = {};  ///< default: what the tokenizer says
  bool add_special_tokens = true;
};

/// Token ids of a batch as tensors, int64 [N, L].
struct BatchEncoding {
  at::Tensor input_ids, attention_mask, token_type_ids;
};

/// Opens the tokenizer of a model by name, the way Hugging Face's class of that name does.
class AutoTokenizer {
 public:
  /// `name`: a folder or a hub id. Throws as `Tokenizer::from_pretrained` and `resolve_model`.
  static AutoTokenizer from_pretrained(const std::string& name);

  /// Throws `user` where the texts have different lengths and `padding` is false.
  BatchEncoding operator()(const std::vector<std::string>& texts,
                           const CallOptions& options = {}) const;
  /// Pairs; `seconds` is as long as `texts`.
  BatchEncoding operator()(const std::vector<std::string>& texts,
                           const std::vector<std::string>& seconds,
                           const CallOptions& options = {}) const;

  const Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  explicit AutoTokenizer(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {}

  Tokenizer tokenizer_;
};

}  // namespace attune
