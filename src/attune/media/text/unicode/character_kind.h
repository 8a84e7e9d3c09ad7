#pragma once

#include <string>

namespace attune {

/// What a character is to whoever writes down what is said. `letter`: marks too; `other`: blanks,
/// controls and what else cannot be seen.
enum class CharacterKind { letter, digit, bracket, punctuation, symbol, other };

/// By Unicode's general category (ICU's version): digits are N*, brackets Ps and Pe, < and >,
/// punctuation the other P*, symbols S* (emoji, signs of currencies, + and =) with what changes an
/// emoji's look.
CharacterKind character_kind(char32_t c);

/// The script of a letter in English, "Latin"; "" where it belongs to none or to several. Those
/// that are written together in one language are one: "Chinese, Japanese or Korean".
std::string script_name(char32_t c);

}  // namespace attune
