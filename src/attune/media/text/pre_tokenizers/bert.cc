#include <array>

#include "attune/base/text/utf8.h"
#include "attune/media/text/pre_tokenizers/pre_tokenizers.h"
#include "attune/media/text/unicode/code_point_table.h"

namespace attune {
namespace {

enum class Kind : std::uint8_t { letter, space, punctuation };

Kind kind_of(char32_t c) {
  if (is_white_space(c)) return Kind::space;
  return is_punctuation(c) ? Kind::punctuation : Kind::letter;
}

/// tokenizers/src/pre_tokenizers/bert.rs, its two passes in one.
class BertPreTokenizer final : public PreTokenizer {
 public:
  BertPreTokenizer() : table_(kind_of) {
    for (unsigned c = 0; c < 128; ++c) ascii_[c] = table_[c];
  }

  void pre_tokenize(NormalizedText& text, std::vector<Span>& words) const override {
    std::vector<Span> out;
    out.reserve(text.text().size() / 4 + 4);
    for (const Span word : words) split(text.text(), word, out);
    words = std::move(out);
  }

 private:
  void split(std::string_view text, Span word, std::vector<Span>& out) const {
    std::uint32_t begin = word.begin;
    for (std::size_t position = word.begin; position < word.end;) {
      const auto at = static_cast<std::uint32_t>(position);
      const auto byte = static_cast<unsigned char>(text[position]);
      const Kind kind =
          byte < 0x80 ? (++position, ascii_[byte]) : table_[next_code_point(text, position)];
      if (kind == Kind::letter) continue;
      if (begin < at) out.push_back({begin, at});
      begin = static_cast<std::uint32_t>(position);
      if (kind == Kind::punctuation) out.push_back({at, begin});
    }
    if (begin < word.end) out.push_back({begin, word.end});
  }

  CodePointTable<Kind> table_;
  std::array<Kind, 128> ascii_{};
};

}  // namespace

std::unique_ptr<PreTokenizer> make_bert_pre_tokenizer(const ComponentJson&) {
  return std::make_unique<BertPreTokenizer>();
}

}  // namespace attune
