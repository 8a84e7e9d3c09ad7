#pragma once

#include <string>
#include <string_view>

#include "attune/media/text/unicode/unicode.h"

namespace attune {

// What whole texts become, by ICU: as Python's `str` methods and `unicodedata` do. All require
// well-formed UTF-8.

/// Python's `str.lower()` and `str.upper()`: the full mappings, a sigma at a word's end, and no
/// language's own (a Turkish I becomes i). `language`, a code as `is_language` knows it, brings the
/// mappings that Unicode's SpecialCasing.txt and ICU have for it: I and ı, İ and i in Turkish and
/// its like (tr, az, crh, gag), dots in Lithuanian, Greek large letters without accents.
std::string lower_case(std::string_view text, const std::string& language = "");
std::string upper_case(std::string_view text, const std::string& language = "");

/// Whether a text is the code of a language (ISO 639, two or three letters), or begins with one as
/// codes of locales do: tr, tur, tr-TR, tr_TR.
bool is_language(const std::string& code);

std::string normal_form(std::string_view text, NormalForm form);

/// Of which case the letters of a text or an alphabet are; `none`: of scripts without cases.
enum class LetterCase { none, lower, upper, both };

LetterCase letter_case(std::string_view text);

}  // namespace attune
