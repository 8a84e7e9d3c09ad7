#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace attune {

/// Character properties as Hugging Face `tokenizers` sees them. The data is ICU's, cut to the
/// Unicode versions of the libraries behind `tokenizers` (each function names its own), so that a
/// newer ICU does not move a token.

/// White_Space; Rust's `char::is_whitespace` and the `\s` of its regex crate.
bool is_white_space(char32_t c);
/// General category Cc, Cf or Co: what BERT's text cleaning drops (tab, newline and carriage
/// return aside).
bool is_other_category(char32_t c);
/// Nonspacing mark (Mn): what accent stripping drops after NFD.
bool is_nonspacing_mark(char32_t c);
/// Any mark (Mn, Mc, Me): what the `StripAccents` normalizer drops.
bool is_combining_mark(char32_t c);
/// ASCII punctuation and symbols, and the categories P*.
bool is_punctuation(char32_t c);
/// Nd, Nl or No.
bool is_numeric(char32_t c);
/// The `\w` of Rust's regex crate: Alphabetic, M*, Nd, Pc and the join controls.
bool is_word_character(char32_t c);
/// The blocks that BERT puts spaces around.
bool is_cjk_ideograph(char32_t c);

/// Appends the full lower-case mapping of `c` (U+0130 becomes two code points), without context.
void append_lower_case(char32_t c, std::u32string& out);

enum class NormalForm { nfc, nfd, nfkc, nfkd };

/// Canonical combining class, 0 for starters.
std::uint8_t combining_class(char32_t c);
/// Appends the full canonical (or compatibility) decomposition of `c`, `c` itself where it has
/// none.
void append_decomposition(char32_t c, bool compatibility, std::u32string& out);
/// The composition of a pair, 0 where there is none.
char32_t compose_pair(char32_t a, char32_t b);

/// A code point of a transformed text and what it did to the one before: 1 where it is new, -N
/// where it replaces one and swallows the N behind it, 0 where it replaces one.
using Change = std::pair<char32_t, int>;

/// `text` in the normal form `form`, each code point with its change (the bookkeeping of the crate
/// unicode-normalization-alignments, which decides where offsets point).
std::vector<Change> normal_form_changes(const std::u32string& text, NormalForm form);

}  // namespace attune
