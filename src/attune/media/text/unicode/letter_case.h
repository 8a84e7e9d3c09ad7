#pragma once

#include <string>
#include <string_view>

#include "attune/media/text/unicode/unicode.h"

namespace attune {

// What whole texts become, by ICU: as Python's `str` methods and `unicodedata` do. All require
// well-formed UTF-8.

/// Python's `str.lower()` and `str.upper()`: the full mappings, a sigma at a word's end, and no
/// language's own (a Turkish I becomes i).
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);

std::string normal_form(std::string_view text, NormalForm form);

/// Of which case the letters of a text or an alphabet are; `none`: of scripts without cases.
enum class LetterCase { none, lower, upper, both };

LetterCase letter_case(std::string_view text);

}  // namespace attune
