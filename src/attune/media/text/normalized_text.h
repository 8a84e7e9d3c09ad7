#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/media/text/unicode/unicode.h"

namespace attune {

/// A half-open range: of code points in the original text, or of bytes in a normalised one.
struct Span {
  std::uint32_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

/// A piece of the original text on its way through the normalizers, with the alignment that lets a
/// token be found again: for each byte of the normalised UTF-8 the code point of the original
/// text that it stands for. The changes follow `tokenizers`' NormalizedString
/// (tokenizers/src/tokenizer/normalizer.rs), quirks of alignment included.
class NormalizedText {
 public:
  /// `piece` is well-formed UTF-8; `first` is the index of its first code point in the whole text.
  NormalizedText(std::string_view piece, std::uint32_t first);

  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  /// Every byte stands for exactly one code point of the original, in order.
  bool is_one_to_one() const { return one_to_one_; }

  /// What bytes [begin, end) stand for in the original text, in code points. Requires begin < end.
  Span original(std::uint32_t begin, std::uint32_t end) const {
    if (one_to_one_) return {first_ + begin, first_ + end};
    return {origins_[begin], origins_[end - 1] + 1};
  }

  /// Replaces ASCII bytes one for one. Requires `is_one_to_one()`; `text` is ASCII of equal size.
  void assign_one_to_one(std::string text);
  /// Sets text and alignment (an entry per byte, never decreasing).
  void assign(std::string text, std::vector<std::uint32_t> origins);

  void keep_if(const std::function<bool(char32_t)>& keep);
  void map_each(const std::function<char32_t(char32_t)>& map);
  void lower_case();
  void surround(const std::function<bool(char32_t)>& wanted, char32_t with);
  void to_normal_form(NormalForm form);
  void strip(bool left, bool right);
  /// Every occurrence of `pattern`, from the left without overlap. Requires a non-empty pattern.
  void replace(std::string_view pattern, std::string_view content);

  /// The alignment, an entry per byte, also where it is one to one.
  std::vector<std::uint32_t> origins() const;

 private:
  struct CodePoints {
    std::u32string chars;
    std::vector<std::uint32_t> origins;
  };
  CodePoints code_points() const;
  /// Replaces all of `from` by `changes`, the first of them behind `skipped` removed code points.
  void transform(const CodePoints& from, const std::vector<Change>& changes, std::size_t skipped);

  std::string text_;
  std::vector<std::uint32_t> origins_;
  std::uint32_t first_;
  bool one_to_one_;
};

}  // namespace attune
