#include "attune/base/text/utf8.h"
#include "attune/media/text/pre_tokenizers/pre_tokenizers.h"
#include "attune/media/text/split.h"

namespace attune {
namespace {

/// tokenizers/src/pre_tokenizers/whitespace.rs
class WhitespaceSplit final : public PreTokenizer {
 public:
  WhitespaceSplit() : table_(is_white_space) {}
  void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const override {
    split_words(text.text(), words, table_, SplitBehavior::removed);
  }

 private:
  CodePointTable<bool> table_;
};

enum class WordKind : std::uint8_t { space, word, other };

WordKind word_kind_of(char32_t c) {
  if (is_word_character(c)) return WordKind::word;
  return is_white_space(c) ? WordKind::space : WordKind::other;
}

/// The same file: the regular expression `\w+|[^\w\s]+`, whose matches are runs of one kind. A word
/// begun anew starts as after white space, so that no run reaches across words.
class Whitespace final : public PreTokenizer {
 public:
  Whitespace() : table_(word_kind_of) {}
  void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const override {
    std::vector<Span> out;
    for (const Span word : words) {
      WordKind run = WordKind::space;
      for (std::size_t position = word.begin; position < word.end;) {
        const auto at = static_cast<std::uint32_t>(position);
        const WordKind kind = table_[next_code_point(text.text(), position)];
        if (kind != run && kind != WordKind::space) out.push_back({at, at});
        if (kind != WordKind::space) out.back().end = static_cast<std::uint32_t>(position);
        run = kind;
      }
    }
    words = std::move(out);
  }

 private:
  CodePointTable<WordKind> table_;
};

}  // namespace

std::unique_ptr<PreTokenizer> make_whitespace(const ComponentJson&) {
  return std::make_unique<Whitespace>();
}

std::unique_ptr<PreTokenizer> make_whitespace_split(const ComponentJson&) {
  return std::make_unique<WhitespaceSplit>();
}

}  // namespace attune
