#include <algorithm>
#include <map>

#include "attune/base/error.h"
#include "attune/media/text/models/vocabulary.h"
#include "attune/media/text/post_processors/post_processors.h"

namespace attune {
namespace {

/// A place in a template: one of the texts, or the tokens of a special one.
struct Piece {
  enum class Kind { first, second, special } kind;
  std::int32_t type_id;
  std::vector<ExtraToken> tokens;  ///< of a special piece
};

using Template = std::vector<Piece>;

/// tokenizers/src/processors/template.rs
class TemplateProcessing final : public PostProcessor {
 public:
  TemplateProcessing(Template single, Template pair)
      : single_(std::move(single)), pair_(std::move(pair)) {}

  std::size_t added_tokens(bool is_pair) const override {
    std::size_t count = 0;
    for (const Piece& piece : is_pair ? pair_ : single_) count += piece.tokens.size();
    return count;
  }

  Encoding process(Encoding first, Encoding* second, bool add_special_tokens,
                   WantedParts wanted) const override {
    Encoding out;
    const std::size_t size =
        first.size() + (second ? second->size() : 0) + added_tokens(second != nullptr);
    reserve(out, size, wanted);
    for (const Piece& piece : second ? pair_ : single_) {
      if (piece.kind == Piece::Kind::special) {
        if (!add_special_tokens) continue;
        for (const ExtraToken& token : piece.tokens) append_special(out, token, wanted);
      } else {
        Encoding& text = piece.kind == Piece::Kind::first ? first : *second;
        // Windows that overflow keep the types they were encoded with, as set_type_ids there leaves
        // them.
        std::fill(text.type_ids.begin(), text.type_ids.end(), piece.type_id);
        append_encoding(out, text);
      }
    }
    return out;
  }

  std::vector<ExtraToken> special_tokens() const override {
    std::vector<ExtraToken> out;
    for (const Template* pieces : {&single_, &pair_}) {
      for (const Piece& piece : *pieces) {
        out.insert(out.end(), piece.tokens.begin(), piece.tokens.end());
      }
    }
    return out;
  }

 private:
  static void reserve(Encoding& out, std::size_t size, WantedParts wanted) {
    out.ids.reserve(size);
    out.type_ids.reserve(size);
    out.special_tokens_mask.reserve(size);
    out.attention_mask.reserve(size);
    if (wanted.tokens) out.tokens.reserve(size);
    if (wanted.offsets) out.offsets.reserve(size);
  }

  Template single_, pair_;
};

// Templates have about five pieces; without a limit a small file could add millions of tokens to
// each text.
constexpr std::size_t kMaxPieces = 64;

std::map<std::string, std::vector<ExtraToken>> read_special_tokens(const ComponentJson& json) {
  std::map<std::string, std::vector<ExtraToken>> out;
  const ComponentJson table = json.object("special_tokens");
  for (const auto& [name, value] : table.json().items()) {
    const ComponentJson entry(value, fmt::format("{}.{}", table.where(), name));
    const Json& ids = entry.field("ids");
    const Json& tokens = entry.field("tokens");
    check(ids.is_array() && tokens.is_array() && ids.size() == tokens.size() &&
              ids.size() <= kMaxPieces,
          ErrorKind::data, "{}: expected arrays \"ids\" and \"tokens\" of one length (at most {})",
          entry.where(), kMaxPieces);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      check(ids[i].is_number_integer() && ids[i].get<std::int64_t>() >= 0 &&
                ids[i].get<std::int64_t>() < kMaxVocabulary && tokens[i].is_string(),
            ErrorKind::data, "{}: entry {} is not a token and its id", entry.where(), i);
      out[name].push_back({ids[i].get<std::int32_t>(), tokens[i].get<std::string>(), 0});
    }
  }
  return out;
}

Template read_template(const ComponentJson& json, const char* key,
                       const std::map<std::string, std::vector<ExtraToken>>& special) {
  Template out;
  const auto pieces = json.objects(key);
  check(pieces.size() <= kMaxPieces, ErrorKind::data, "{}.{}: {} pieces, expected at most {}",
        json.where(), key, pieces.size(), kMaxPieces);
  for (const ComponentJson& piece : pieces) {
    const bool is_special = piece.has("SpecialToken");
    const ComponentJson body = piece.object(is_special ? "SpecialToken" : "Sequence");
    const std::string id = body.text("id");
    const auto type_id = static_cast<std::int32_t>(body.integer("type_id", 0, INT32_MAX));
    if (!is_special) {
      check(id == "A" || id == "B", ErrorKind::data, "{}: the sequence \"{}\" is neither A nor B",
            body.where(), id);
      out.push_back({id == "A" ? Piece::Kind::first : Piece::Kind::second, type_id, {}});
      continue;
    }
    const auto found = special.find(id);
    check(found != special.end(), ErrorKind::data,
          "{}: the special token \"{}\" is not in special_tokens", body.where(), id);
    out.push_back({Piece::Kind::special, type_id, found->second});
    for (ExtraToken& token : out.back().tokens) token.type_id = type_id;
  }
  return out;
}

std::ptrdiff_t count(const Template& pieces, Piece::Kind kind) {
  return std::count_if(pieces.begin(), pieces.end(),
                       [kind](const Piece& piece) { return piece.kind == kind; });
}

}  // namespace

std::unique_ptr<PostProcessor> make_template_processing(const ComponentJson& json) {
  const auto special = read_special_tokens(json);
  Template single = read_template(json, "single", special);
  Template pair = read_template(json, "pair", special);
  // A text left out, or in twice, would make offsets and lengths of a pair meaningless.
  check(count(single, Piece::Kind::first) == 1 && count(single, Piece::Kind::second) == 0,
        ErrorKind::data, "{}.single: expected the sequence A once and no B", json.where());
  check(count(pair, Piece::Kind::first) == 1 && count(pair, Piece::Kind::second) == 1,
        ErrorKind::data, "{}.pair: expected the sequences A and B once each", json.where());
  return std::make_unique<TemplateProcessing>(std::move(single), std::move(pair));
}

}  // namespace attune
