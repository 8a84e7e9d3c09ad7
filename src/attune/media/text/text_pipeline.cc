#include "attune/media/text/text_pipeline.h"

#include <algorithm>

#include "attune/base/error.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

// Offsets are 32 bits wide.
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 31;

void append_token(Encoding& out, std::int32_t id, std::string_view token, Span offsets,
                  WantedParts wanted) {
  out.ids.push_back(id);
  if (wanted.tokens) out.tokens.emplace_back(token);
  if (wanted.offsets) out.offsets.push_back(offsets);
}

}  // namespace

TextPipeline::TextPipeline(const TokenizerDefinition& definition) {
  const ComponentJson root(definition.json, definition.source);
  // serialization.rs refuses every other version too.
  if (root.has("version")) {
    check(root.text("version") == "1.0", ErrorKind::data,
          "{}: the version is \"{}\", expected \"1.0\"", definition.source, root.text("version"));
  }
  model_ = make_token_model(root.object("model"), definition.vocabulary);
  if (root.has("normalizer")) normalizer_ = make_normalizer(root.object("normalizer"));
  if (root.has("pre_tokenizer")) pre_tokenizer_ = make_pre_tokenizer(root.object("pre_tokenizer"));
  if (root.has("post_processor")) {
    post_processor_ = make_post_processor(root.object("post_processor"));
  }
  if (root.has("decoder")) decoder_ = make_decoder(root.object("decoder"));
  read_added_tokens(root);
  check_ids(definition.source);
}

void TextPipeline::read_added_tokens(const ComponentJson& root) {
  if (root.has("added_tokens")) {
    for (const ComponentJson& json : root.objects("added_tokens")) {
      added_.push_back(read_added_token(json, json.integer("id", 0, kMaxVocabulary - 1)));
    }
  }
  // extract_and_normalize (added_vocabulary.rs): plain ones are cut out of the text as it stands,
  // the others out of what is left once it is normalised.
  std::vector<const AddedToken*> plain, normalized;
  std::vector<std::string> plain_patterns, normalized_patterns;
  for (std::size_t i = 0; i < added_.size(); ++i) {
    const AddedToken& token = added_[i];
    check(added_by_id_.emplace(token.id, i).second &&
              added_by_content_.emplace(token.content, i).second,
          ErrorKind::data, "{}.added_tokens[{}]: \"{}\" or its id {} stands twice", root.where(), i,
          token.content, token.id);
    if (token.normalized) {
      NormalizedText pattern(token.content, 0);
      if (normalizer_) normalizer_->normalize(pattern);
      normalized.push_back(&token);
      normalized_patterns.push_back(pattern.text());
      if (pattern.text() != token.content) normalized_content_[token.id] = pattern.text();
    } else {
      plain.push_back(&token);
      plain_patterns.push_back(token.content);
    }
  }
  if (!plain.empty()) finder_ = std::make_unique<AddedTokenFinder>(plain, plain_patterns);
  if (!normalized.empty()) {
    normalized_finder_ = std::make_unique<AddedTokenFinder>(normalized, normalized_patterns);
  }
}

/// Added tokens agree with the model's vocabulary, and the post-processor's special tokens exist.
void TextPipeline::check_ids(const std::string& source) {
  const Vocabulary& vocabulary = model_->vocabulary();
  id_limit_ = vocabulary.id_limit();
  for (const AddedToken& token : added_) {
    const auto known = vocabulary.find(token.content);
    check(!known || *known == token.id, ErrorKind::data,
          "{}: the added token \"{}\" has the id {}, but {} in the vocabulary", source,
          token.content, token.id, known.value_or(0));
    check(known || !vocabulary.has(token.id), ErrorKind::data,
          "{}: the id {} of the added token \"{}\" is that of \"{}\" in the vocabulary", source,
          token.id, token.content,
          vocabulary.has(token.id) ? vocabulary.token(token.id) : std::string_view());
    id_limit_ = std::max<std::int64_t>(id_limit_, token.id + 1);
  }
  // A vocabulary may leave holes; behind it `tokenizers` gives added tokens the ids in turn,
  // whatever the file says.
  for (std::int64_t id = vocabulary.id_limit(); id < id_limit_; ++id) {
    check(added_by_id_.contains(id), ErrorKind::data,
          "{}: no token has the id {}, but there are ids up to {}", source, id, id_limit_ - 1);
  }
  if (!post_processor_) return;
  for (const ExtraToken& token : post_processor_->special_tokens()) {
    check(token.id >= 0 && token.id < id_limit_, ErrorKind::data,
          "{}: the post-processor adds \"{}\" with the id {}, but there are ids up to {} only",
          source, token.token, token.id, id_limit_ - 1);
  }
}

Encoding TextPipeline::encode_text(std::string_view text, std::int32_t type_id,
                                   WantedParts wanted) const {
  check(text.size() < kMaxTextBytes, ErrorKind::data, "a text of {} is too long to tokenize",
        human_bytes(text.size()));
  const auto invalid = find_invalid_utf8(text);
  check(!invalid, ErrorKind::data, "the text is not valid UTF-8 at byte {}", invalid.value_or(0));
  Encoding out;
  if (!finder_) {
    encode_piece(text, 0, wanted, out);
  } else {
    std::vector<TextPart> parts;
    finder_->split(text, parts);
    std::uint32_t first = 0;  // code points before the part
    for (const TextPart& part : parts) {
      const std::string_view bytes = text.substr(part.begin, part.end - part.begin);
      // Nothing behind the last part needs an offset, so that most texts are not counted through.
      const bool is_last = part.end == text.size();
      const auto length =
          is_last && !part.token ? 0 : static_cast<std::uint32_t>(utf8_length(bytes));
      if (part.token) {
        append_token(out, part.token->id, bytes, {first, first + length}, wanted);
      } else {
        encode_piece(bytes, first, wanted, out);
      }
      first += length;
    }
  }
  out.type_ids.assign(out.size(), type_id);
  out.special_tokens_mask.assign(out.size(), 0);
  out.attention_mask.assign(out.size(), 1);
  return out;
}

void TextPipeline::encode_piece(std::string_view text, std::uint32_t first, WantedParts wanted,
                                Encoding& out) const {
  NormalizedText normalized(text, first);
  if (normalizer_) normalizer_->normalize(normalized);
  const auto size = static_cast<std::uint32_t>(normalized.text().size());
  if (!normalized_finder_) return encode_words(normalized, {0, size}, wanted, out);
  std::vector<TextPart> parts;
  normalized_finder_->split(normalized.text(), parts);
  for (const TextPart& part : parts) {
    if (!part.token) {
      encode_words(normalized, {part.begin, part.end}, wanted, out);
      continue;
    }
    append_token(out, part.token->id,
                 std::string_view(normalized.text()).substr(part.begin, part.end - part.begin),
                 normalized.original(part.begin, part.end), wanted);
  }
}

void TextPipeline::encode_words(NormalizedText& text, Span bytes, WantedParts wanted,
                                Encoding& out) const {
  if (bytes.begin == bytes.end) return;
  std::vector<Span> words{bytes};
  if (pre_tokenizer_) pre_tokenizer_->pre_tokenize(text, words);
  std::vector<WordToken> tokens;
  const std::string_view all = text.text();
  const Vocabulary& vocabulary = model_->vocabulary();
  out.ids.reserve(out.ids.size() + words.size() + words.size() / 2);
  for (const Span word : words) {
    tokens.clear();
    model_->tokenize(all.substr(word.begin, word.end - word.begin), tokens);
    for (const WordToken& token : tokens) {
      append_token(out, token.id, wanted.tokens ? vocabulary.token(token.id) : std::string_view(),
                   text.original(word.begin + token.begin, word.begin + token.end), wanted);
    }
  }
}

Encoding TextPipeline::post_process(Encoding first, Encoding* second, bool add_special_tokens,
                                    WantedParts wanted) const {
  if (!post_processor_) return join_encodings(std::move(first), second);
  return post_processor_->process(std::move(first), second, add_special_tokens, wanted);
}

std::size_t TextPipeline::added_tokens(bool is_pair) const {
  return post_processor_ ? post_processor_->added_tokens(is_pair) : 0;
}

std::string TextPipeline::decode(std::span<const std::int32_t> ids,
                                 bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::optional<std::string> token = id_to_token(ids[i]);
    check(token.has_value(), ErrorKind::user,
          "cannot decode the id {} at position {}: the vocabulary has the ids 0 to {}", ids[i], i,
          id_limit_ - 1);
    if (skip_special_tokens && is_special(ids[i])) continue;
    // simple_id_to_token (added_vocabulary.rs): the decoder undoes the normalizer, so it is given
    // what that made.
    const auto rewritten = normalized_content_.find(ids[i]);
    tokens.push_back(rewritten != normalized_content_.end() ? rewritten->second : *token);
  }
  // tokenizer/mod.rs, decode
  if (!decoder_) return join(tokens, " ");
  decoder_->decode(tokens);
  return join(tokens, "");
}

std::optional<std::int32_t> TextPipeline::token_to_id(std::string_view token) const {
  const auto added = added_by_content_.find(std::string(token));
  if (added != added_by_content_.end()) return added_[added->second].id;
  return model_->vocabulary().find(token);
}

std::optional<std::string> TextPipeline::id_to_token(std::int64_t id) const {
  const auto added = added_by_id_.find(id);
  if (added != added_by_id_.end()) return added_[added->second].content;
  if (!model_->vocabulary().has(id)) return std::nullopt;
  return std::string(model_->vocabulary().token(static_cast<std::int32_t>(id)));
}

bool TextPipeline::is_special(std::int64_t id) const {
  const auto added = added_by_id_.find(id);
  return added != added_by_id_.end() && added_[added->second].special;
}

std::string TextPipeline::vocabulary_lines() const {
  std::string out;
  for (std::int64_t id = 0; id < model_->vocabulary().id_limit(); ++id) {
    // An empty line keeps the place of an id that nobody has.
    out += id_to_token(id).value_or("");
    out += '\n';
  }
  return out;
}

}  // namespace attune
