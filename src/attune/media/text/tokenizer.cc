#include "attune/media/text/tokenizer.h"

#include <algorithm>
#include <limits>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/base/threads.h"
#include "attune/media/text/text_pipeline.h"
#include "attune/media/text/tokenizer_definition.h"

namespace attune {

struct Tokenizer::State {
  explicit State(TokenizerDefinition from) : definition(std::move(from)), pipeline(definition) {}

  Encoding encode(std::string_view first, const std::string_view* second,
                  const EncodeOptions& options) const;
  std::int64_t max_length(const EncodeOptions& options) const;
  std::int64_t room(const EncodeOptions& options, bool is_pair) const;
  std::optional<std::int32_t> id_of(const std::optional<std::string>& token) const {
    if (!token) return std::nullopt;
    return pipeline.token_to_id(*token);
  }

  TokenizerDefinition definition;
  TextPipeline pipeline;
};

std::int64_t Tokenizer::State::max_length(const EncodeOptions& options) const {
  check(options.max_length >= 0, ErrorKind::user, "max_length is {}, expected 0 or more",
        options.max_length);
  return options.max_length > 0 ? options.max_length : definition.model_max_length;
}

/// Tokens of text that fit beside the special ones.
std::int64_t Tokenizer::State::room(const EncodeOptions& options, bool is_pair) const {
  const std::int64_t length = max_length(options);
  if (!options.add_special_tokens) return length;
  const auto added = static_cast<std::int64_t>(pipeline.added_tokens(is_pair));
  check(length >= added, ErrorKind::user,
        "max_length is {}, but the special tokens alone are {}; raise max_length", length, added);
  return length - added;
}

Encoding Tokenizer::State::encode(std::string_view first, const std::string_view* second,
                                  const EncodeOptions& options) const {
  const WantedParts wanted{options.want_tokens, options.want_offsets};
  Encoding a = pipeline.encode_text(first, 0, wanted);
  std::optional<Encoding> b;
  if (second) b = pipeline.encode_text(*second, 1, wanted);
  Encoding* pair = b ? &*b : nullptr;
  if (options.truncation != TruncationStrategy::none) {
    check(options.stride >= 0, ErrorKind::user, "stride is {}, expected 0 or more", options.stride);
    truncate_pair(a, pair, static_cast<std::size_t>(room(options, second != nullptr)),
                  options.truncation, static_cast<std::size_t>(options.stride),
                  options.truncation_side.value_or(definition.truncation_side));
    // Before post-processing, which would put special tokens around every window.
    if (!options.return_overflowing) {
      a.overflowing.clear();
      if (pair) pair->overflowing.clear();
    }
  }
  return pipeline.post_process(std::move(a), pair, options.add_special_tokens, wanted);
}

Tokenizer::Tokenizer(TokenizerDefinition definition)
    : state_(std::make_shared<const State>(std::move(definition))) {}

Tokenizer Tokenizer::from_pretrained(const fs::path& folder) {
  return Tokenizer(read_tokenizer_folder(folder));
}

Tokenizer Tokenizer::from_file(const fs::path& tokenizer_json) {
  return Tokenizer(read_tokenizer_json(tokenizer_json));
}

Tokenizer Tokenizer::from_json(std::string text, const std::string& source) {
  return Tokenizer(parse_tokenizer_json(std::move(text), source));
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  Encoding out = state_->encode(text, nullptr, options);
  pad({&out, 1}, options);
  return out;
}

Encoding Tokenizer::encode(std::string_view first, std::string_view second,
                           const EncodeOptions& options) const {
  Encoding out = state_->encode(first, &second, options);
  pad({&out, 1}, options);
  return out;
}

std::vector<Encoding> Tokenizer::encode_batch(std::span<const std::string> texts,
                                              std::span<const std::string> seconds,
                                              const EncodeOptions& options, int threads) const {
  check(seconds.empty() || seconds.size() == texts.size(), ErrorKind::user,
        "a batch of pairs has {} first and {} second texts", texts.size(), seconds.size());
  std::vector<Encoding> out(texts.size());
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::string_view second = seconds.empty() ? std::string_view() : seconds[i];
      out[i] = state_->encode(texts[i], seconds.empty() ? nullptr : &second, options);
    }
  };
  constexpr std::int64_t kGrain = 64;  // texts; a thread costs about as much as tokenizing these
  parallel_for(static_cast<std::int64_t>(texts.size()), kGrain, threads, work);
  pad(out, options);
  return out;
}

void Tokenizer::pad(std::span<Encoding> encodings, const EncodeOptions& options) const {
  if (options.padding == PaddingStrategy::none || encodings.empty()) return;
  const TokenizerDefinition& definition = state_->definition;
  const std::optional<std::int32_t> id = pad_id();
  check(id.has_value(), ErrorKind::user,
        "{}: padding was asked for, but the tokenizer has no padding token", definition.source);
  std::size_t length = 0;
  if (options.padding == PaddingStrategy::fixed) {
    const std::int64_t limit = state_->max_length(options);
    // kNoMaxLength gets here where neither the caller nor the model has a limit.
    check(limit < std::numeric_limits<std::int32_t>::max(), ErrorKind::user,
          "padding to a fixed length needs a max_length");
    length = static_cast<std::size_t>(limit);
  } else {
    for (const Encoding& encoding : encodings) length = std::max(length, encoding.size());
  }
  check(options.pad_to_multiple_of >= 0, ErrorKind::user,
        "pad_to_multiple_of is {}, expected 0 or more", options.pad_to_multiple_of);
  const auto multiple = static_cast<std::size_t>(options.pad_to_multiple_of);
  if (multiple > 0) length = (length + multiple - 1) / multiple * multiple;
  const ExtraToken padding{*id, *definition.special.pad, definition.pad_token_type_id};
  for (Encoding& encoding : encodings) {
    pad_encoding(encoding, length, padding, options.padding_side.value_or(definition.padding_side),
                 {options.want_tokens, options.want_offsets});
  }
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const {
  return state_->pipeline.decode(ids, skip_special_tokens);
}

std::int64_t Tokenizer::vocab_size() const {
  return state_->pipeline.id_limit();
}

std::optional<std::int32_t> Tokenizer::token_to_id(std::string_view token) const {
  return state_->pipeline.token_to_id(token);
}

std::optional<std::string> Tokenizer::id_to_token(std::int64_t id) const {
  return state_->pipeline.id_to_token(id);
}

bool Tokenizer::is_special(std::int64_t id) const {
  return state_->pipeline.is_special(id);
}

std::optional<std::int32_t> Tokenizer::cls_id() const {
  return state_->id_of(state_->definition.special.cls);
}

std::optional<std::int32_t> Tokenizer::sep_id() const {
  return state_->id_of(state_->definition.special.sep);
}

std::optional<std::int32_t> Tokenizer::pad_id() const {
  return state_->id_of(state_->definition.special.pad);
}

std::optional<std::int32_t> Tokenizer::unk_id() const {
  return state_->id_of(state_->definition.special.unk);
}

std::optional<std::int32_t> Tokenizer::mask_id() const {
  return state_->id_of(state_->definition.special.mask);
}

std::string Tokenizer::model_type() const {
  return state_->definition.json.at("model").value("type", "");
}

std::int64_t Tokenizer::model_max_length() const {
  return state_->definition.model_max_length;
}

std::int64_t Tokenizer::added_special_tokens(bool is_pair) const {
  return static_cast<std::int64_t>(state_->pipeline.added_tokens(is_pair));
}

void Tokenizer::save(const fs::path& folder) const {
  const TokenizerDefinition& definition = state_->definition;
  write_file_atomically(folder / "tokenizer.json", definition.json_text);
  write_file_atomically(folder / "tokenizer_config.json", definition.config_text);
  write_file_atomically(folder / "special_tokens_map.json", definition.special_text);
  // For readers without tokenizer.json, such as transformers' tokenizers in plain Python.
  write_file_atomically(folder / "vocab.txt", state_->pipeline.vocabulary_lines());
}

std::string Tokenizer::fingerprint() const {
  const TokenizerDefinition& definition = state_->definition;
  Hasher hasher(HashAlgorithm::sha256);
  for (const std::string* text :
       {&definition.json_text, &definition.config_text, &definition.special_text}) {
    // With its length: where one text ends and the next begins is part of it.
    hasher.update(fmt::format("{}\n", text->size()));
    hasher.update(*text);
  }
  return hasher.hex_digest();
}

}  // namespace attune
