#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/media/text/added_tokens.h"
#include "attune/media/text/decoders/decoder.h"
#include "attune/media/text/encoding.h"
#include "attune/media/text/models/token_model.h"
#include "attune/media/text/normalizers/normalizer.h"
#include "attune/media/text/post_processors/post_processor.h"
#include "attune/media/text/pre_tokenizers/pre_tokenizer.h"
#include "attune/media/text/tokenizer_definition.h"

namespace attune {

/// The five roles and the added tokens, put together: what happens to one text.
class TextPipeline {
 public:
  /// Throws `data` where the definition is wrong, inconsistent or not supported.
  explicit TextPipeline(const TokenizerDefinition& definition);
  TextPipeline(const TextPipeline&) = delete;
  TextPipeline& operator=(const TextPipeline&) = delete;

  /// One text without special tokens; every token gets `type_id`.
  Encoding encode_text(std::string_view text, std::int32_t type_id, WantedParts wanted) const;
  Encoding post_process(Encoding first, Encoding* second, bool add_special_tokens,
                        WantedParts wanted) const;
  std::size_t added_tokens(bool is_pair) const;
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const;

  std::int64_t id_limit() const { return id_limit_; }
  std::optional<std::int32_t> token_to_id(std::string_view token) const;
  std::optional<std::string> id_to_token(std::int64_t id) const;
  bool is_special(std::int64_t id) const;
  /// Every token on a line, by id: vocab.txt.
  std::string vocabulary_lines() const;

 private:
  void read_added_tokens(const ComponentJson& root);
  void check_ids(const std::string& source);
  void encode_piece(std::string_view text, std::uint32_t first, WantedParts wanted,
                    Encoding& out) const;
  void encode_words(NormalizedText& text, Span bytes, WantedParts wanted, Encoding& out) const;

  std::unique_ptr<Normalizer> normalizer_;  ///< may be null, as every role but the model
  std::unique_ptr<PreTokenizer> pre_tokenizer_;
  std::unique_ptr<TokenModel> model_;
  std::unique_ptr<PostProcessor> post_processor_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<AddedToken> added_;
  std::unordered_map<std::int64_t, std::size_t> added_by_id_;  ///< index into added_
  std::unordered_map<std::string, std::size_t> added_by_content_;
  /// What an added token with `normalized` decodes to, where that is not its content.
  std::unordered_map<std::int64_t, std::string> normalized_content_;
  std::unique_ptr<AddedTokenFinder> finder_, normalized_finder_;
  std::int64_t id_limit_ = 0;
};

}  // namespace attune
