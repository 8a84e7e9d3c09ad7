#include "attune/media/text/unicode/character_kind.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace attune {

CharacterKind character_kind(char32_t c) {
  if (c == '<' || c == '>') return CharacterKind::bracket;
  const auto code = static_cast<UChar32>(c);
  const std::uint32_t category = U_GET_GC_MASK(code);
  // Variation selectors, the keycap's frame and tags are marks or controls by their category.
  if (c == 0xFE0E || c == 0xFE0F || c == 0x20E3 || (c >= 0xE0020 && c <= 0xE007F)) {
    return CharacterKind::symbol;
  }
  if ((category & (U_GC_L_MASK | U_GC_M_MASK)) != 0) return CharacterKind::letter;
  if ((category & U_GC_N_MASK) != 0) return CharacterKind::digit;
  if ((category & (U_GC_PS_MASK | U_GC_PE_MASK)) != 0) return CharacterKind::bracket;
  if ((category & U_GC_P_MASK) != 0) return CharacterKind::punctuation;
  return (category & U_GC_S_MASK) != 0 ? CharacterKind::symbol : CharacterKind::other;
}

std::string script_name(char32_t c) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &error);
  if (U_FAILURE(error)) return "";
  switch (script) {
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
    case USCRIPT_UNKNOWN:
      return "";
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_HANGUL:
      return "Chinese, Japanese or Korean";
    default:
      return uscript_getName(script);
  }
}

}  // namespace attune
