#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"
#include "attune/media/text/encoding.h"

namespace attune {

struct TokenizerDefinition;

/// How the encodings of a batch are brought to one length.
enum class PaddingStrategy { none, longest, fixed };

/// What one call of `encode` does. The defaults neither cut nor fill up: attune packs.
struct EncodeOptions {
  bool add_special_tokens = true;
  TruncationStrategy truncation = TruncationStrategy::none;
  /// Limit of truncation and length of fixed padding, special tokens included; 0: the tokenizer's
  /// `model_max_length()`.
  std::int64_t max_length = 0;
  std::int64_t stride = 0;          ///< tokens that neighbouring windows of `overflowing` share
  bool return_overflowing = false;  ///< keep what truncation cuts off
  PaddingStrategy padding = PaddingStrategy::none;
  std::int64_t pad_to_multiple_of = 0;       ///< 0: any length
  std::optional<Side> truncation_side = {};  ///< default: the tokenizer's
  std::optional<Side> padding_side = {};     ///< default: the tokenizer's
  bool want_tokens = true;                   ///< fill `Encoding::tokens`
  bool want_offsets = true;                  ///< fill `Encoding::offsets`
};

/// Text to token ids and back, as Hugging Face `tokenizers` 0.23 does it, built of the five roles
/// of a tokenizer.json (normalizer.h, pre_tokenizer.h, token_model.h, post_processor.h, decoder.h).
/// Immutable and thread-safe; copies share everything.
///
/// Text must be well-formed UTF-8 of less than 2 GiB; `encode` throws `data` naming the first bad
/// byte. `truncation` and `padding` inside a tokenizer.json are kept but not applied, as
/// transformers does it: the caller's options decide.
class Tokenizer {
 public:
  /// A folder with tokenizer.json, or with vocab.txt, and optionally tokenizer_config.json and
  /// special_tokens_map.json. Throws `user` where neither is there and `data`, naming file and
  /// field, for what is wrong or not supported.
  static Tokenizer from_pretrained(const fs::path& folder);
  /// One tokenizer.json.
  static Tokenizer from_file(const fs::path& tokenizer_json);
  /// The text of a tokenizer.json; `source` names it in messages.
  static Tokenizer from_json(std::string text, const std::string& source);

  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  /// A pair, e.g. question and context.
  Encoding encode(std::string_view first, std::string_view second,
                  const EncodeOptions& options = {}) const;

  /// Encodes each text, or each pair where `seconds` is not empty (then as long as `texts`), on at
  /// most `threads` threads (0: all cores) and pads the batch. The result does not depend on
  /// `threads`.
  std::vector<Encoding> encode_batch(std::span<const std::string> texts,
                                     std::span<const std::string> seconds = {},
                                     const EncodeOptions& options = {}, int threads = 0) const;

  /// Brings `encodings` to one length, as `options.padding` says.
  void pad(std::span<Encoding> encodings, const EncodeOptions& options) const;

  /// Throws `user` for an id that is not in the vocabulary.
  std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens = false) const;

  /// What tokenizer.json calls the model ("WordPiece"); "" in old files, which do not name it.
  std::string model_type() const;
  /// Number of ids, added tokens included: what an embedding table must hold at least.
  std::int64_t vocab_size() const;
  std::optional<std::int32_t> token_to_id(std::string_view token) const;
  std::optional<std::string> id_to_token(std::int64_t id) const;
  bool is_special(std::int64_t id) const;

  std::optional<std::int32_t> cls_id() const;
  std::optional<std::int32_t> sep_id() const;
  std::optional<std::int32_t> pad_id() const;
  std::optional<std::int32_t> unk_id() const;
  std::optional<std::int32_t> mask_id() const;

  /// Tokens the model was trained for; INT64_MAX where the files do not say.
  std::int64_t model_max_length() const;
  /// How many special tokens are put around a text or a pair.
  std::int64_t added_special_tokens(bool is_pair) const;

  /// Writes tokenizer.json (the bytes it was read from, or what transformers writes for the same
  /// vocab.txt), tokenizer_config.json, special_tokens_map.json and vocab.txt into `folder`, which
  /// exists.
  void save(const fs::path& folder) const;
  /// SHA-256 of what `save` writes: another tokenizer has another one.
  std::string fingerprint() const;

 private:
  struct State;
  explicit Tokenizer(TokenizerDefinition definition);

  std::shared_ptr<const State> state_;
};

}  // namespace attune
