#include "attune/media/text/unicode/letter_case.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uloc.h>

#include <algorithm>
#include <array>

#include "attune/base/error.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"

namespace attune {
namespace {

icu::StringPiece piece_of(std::string_view text) {
  return {text.data(), static_cast<int32_t>(text.size())};
}

void check_icu(UErrorCode error) {
  check(U_SUCCESS(error), ErrorKind::internal, "ICU: {}", u_errorName(error));
}

const icu::Normalizer2& normalizer_of(NormalForm form) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = nullptr;
  switch (form) {
    case NormalForm::nfc:
      normalizer = icu::Normalizer2::getNFCInstance(error);
      break;
    case NormalForm::nfd:
      normalizer = icu::Normalizer2::getNFDInstance(error);
      break;
    case NormalForm::nfkc:
      normalizer = icu::Normalizer2::getNFKCInstance(error);
      break;
    case NormalForm::nfkd:
      normalizer = icu::Normalizer2::getNFKDInstance(error);
      break;
  }
  check_icu(error);
  return *normalizer;
}

/// "tr" of "tr-TR".
std::string language_of(const std::string& code) {
  return to_lower_ascii(code.substr(0, code.find_first_of("-_")));
}

/// The locale whose case mappings hold.
std::string case_locale(const std::string& language) {
  // Written as Turkish is, which ICU does not know.
  constexpr std::array<std::string_view, 3> kAsTurkish = {"crh", "gag", "azj"};
  std::string code = language_of(language);
  return std::ranges::find(kAsTurkish, code) != kAsTurkish.end() ? "tr" : code;
}

}  // namespace

bool is_language(const std::string& code) {
  const std::string language = language_of(code);
  if (language.size() < 2 || language.size() > 3) return false;
  // ICU knows the two-letter codes and the three-letter ones that have no shorter one, and gives
  // a three-letter code of a language that has a shorter one as that one.
  std::array<char, ULOC_LANG_CAPACITY> shortest = {};
  UErrorCode error = U_ZERO_ERROR;
  uloc_getLanguage(language.c_str(), shortest.data(), shortest.size(), &error);
  return U_SUCCESS(error) && std::string_view(uloc_getISO3Language(shortest.data())) != "";
}

std::string lower_case(std::string_view text, const std::string& language) {
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower(case_locale(language).c_str(), 0, piece_of(text), sink, nullptr, error);
  check_icu(error);
  return result;
}

std::string upper_case(std::string_view text, const std::string& language) {
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  UErrorCode error = U_ZERO_ERROR;
  icu::CaseMap::utf8ToUpper(case_locale(language).c_str(), 0, piece_of(text), sink, nullptr, error);
  check_icu(error);
  return result;
}

std::string normal_form(std::string_view text, NormalForm form) {
  std::string result;
  icu::StringByteSink<std::string> sink(&result);
  UErrorCode error = U_ZERO_ERROR;
  normalizer_of(form).normalizeUTF8(0, piece_of(text), sink, nullptr, error);
  check_icu(error);
  return result;
}

LetterCase letter_case(std::string_view text) {
  bool has_lower = false, has_upper = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<UChar32>(next_code_point(text, at));
    // A letter without a partner (a modifier, an ideograph) says nothing.
    if (u_hasBinaryProperty(c, UCHAR_CHANGES_WHEN_LOWERCASED)) has_upper = true;
    if (u_hasBinaryProperty(c, UCHAR_CHANGES_WHEN_UPPERCASED)) has_lower = true;
  }
  if (has_lower && has_upper) return LetterCase::both;
  return has_lower ? LetterCase::lower : has_upper ? LetterCase::upper : LetterCase::none;
}

}  // namespace attune
