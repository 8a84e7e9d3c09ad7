#include <algorithm>
#include <array>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/media/text/models/token_models.h"

namespace attune {
namespace {

/// Greedy longest match from the left (Schuster & Nakajima 2012; Wu et al. 2016, section 4.1;
/// tokenizers/src/models/wordpiece/mod.rs). A word that cannot be spelled to its end, or is too
/// long, is one unknown token.
class WordPiece final : public TokenModel {
 public:
  WordPiece(Vocabulary vocabulary, std::string unknown, std::string prefix,
            std::size_t max_characters)
      : vocabulary_(std::move(vocabulary)),
        unknown_(std::move(unknown)),
        prefix_(std::move(prefix)),
        prefix_hash_(Vocabulary::hash_of(prefix_)),
        max_characters_(max_characters),
        longest_start_(vocabulary_.longest_token()),
        longest_continuation_(longest_start_ - std::min(longest_start_, prefix_.size())),
        unknown_id_(*vocabulary_.find(unknown_)) {}

  void tokenize(std::string_view word, std::vector<WordToken>& out) const override {
    const std::size_t before = out.size();
    const auto size = static_cast<std::uint32_t>(word.size());
    if (!is_too_long(word)) {
      std::uint32_t begin = 0;
      while (begin < size) {
        const WordToken token = longest_match(word, begin);
        if (token.id < 0) break;
        out.push_back(token);
        begin = token.end;
      }
      if (begin == size) return;
    }
    out.resize(before);
    out.push_back({unknown_id_, 0, size});
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  std::string_view unknown_token() const override { return unknown_; }

 private:
  bool is_too_long(std::string_view word) const {
    // The limit counts characters; a word of so few bytes cannot have more of them.
    return word.size() > max_characters_ && utf8_length(word) > max_characters_;
  }

  WordToken longest_match(std::string_view word, std::uint32_t begin) const {
    const std::string_view prefix = begin > 0 ? std::string_view(prefix_) : std::string_view();
    // A hash for each prefix of what is left, then the longest first: most words are one token.
    std::array<std::uint64_t, 64> nearby;
    std::vector<std::uint64_t> many;
    // No token is longer, so that a word's cost does not grow with its square. Lengths that end
    // within a character find nothing: tokens are whole UTF-8.
    const std::size_t longest =
        std::min(word.size() - begin, begin > 0 ? longest_continuation_ : longest_start_);
    std::uint64_t* hashes = nearby.data();
    if (longest > nearby.size()) {
      many.resize(longest);
      hashes = many.data();
    }
    std::uint64_t hash = begin > 0 ? prefix_hash_ : Vocabulary::kHashSeed;
    for (std::size_t i = 0; i < longest; ++i) {
      hashes[i] = hash = Vocabulary::hash_step(hash, word[begin + i]);
    }
    for (std::size_t length = longest; length > 0; --length) {
      const std::int32_t id =
          vocabulary_.find(hashes[length - 1], prefix, word.substr(begin, length));
      if (id >= 0) return {id, begin, begin + static_cast<std::uint32_t>(length)};
    }
    return {-1, begin, begin};
  }

  Vocabulary vocabulary_;
  std::string unknown_, prefix_;
  std::uint64_t prefix_hash_;
  std::size_t max_characters_;
  std::size_t longest_start_, longest_continuation_;  ///< bytes of a word that one token covers
  std::int32_t unknown_id_;
};

}  // namespace

std::unique_ptr<TokenModel> make_word_piece(const ComponentJson& json, const VocabularyList& list) {
  Vocabulary vocabulary(list, json.where() + ".vocab");
  std::string unknown = json.text("unk_token");
  check(vocabulary.find(unknown).has_value(), ErrorKind::data,
        "{}: the unk_token \"{}\" is not in the vocabulary", json.where(), unknown);
  const auto max_characters = json.integer("max_input_chars_per_word", 0, 10'000);
  return std::make_unique<WordPiece>(std::move(vocabulary), std::move(unknown),
                                     json.text("continuing_subword_prefix"),
                                     static_cast<std::size_t>(max_characters));
}

}  // namespace attune
