#include "attune/media/text/unicode/unicode.h"

#include <algorithm>
#include <span>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "attune/base/error.h"

namespace attune {
namespace {

// The Unicode versions of the libraries behind `tokenizers` 0.23, found by comparing every code
// point with it: the crates unicode_categories, unicode-normalization-alignments, regex and std.
constexpr int kCategoriesVersion = 8;
constexpr int kNormalizationVersion = 9;
constexpr int kRegexVersion = 16;
constexpr int kRustVersion = 17;

struct Range {
  char32_t first, last;
};

// What those know and ICU 72 (Unicode 15) does not yet.
constexpr Range kNewNumeric[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9},
                                 {0x11DE0, 0x11DE9}, {0x16130, 0x16139}, {0x16D70, 0x16D79},
                                 {0x16FF4, 0x16FF6}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA}};
constexpr Range kNewWord[] = {
    {0x897, 0x897},     {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},
    {0x105C0, 0x105F3}, {0x10D40, 0x10D65}, {0x10D69, 0x10D6D}, {0x10D6F, 0x10D85},
    {0x10EC2, 0x10EC4}, {0x10EFC, 0x10EFC}, {0x11380, 0x11389}, {0x1138B, 0x1138B},
    {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113C0}, {0x113C2, 0x113C2},
    {0x113C5, 0x113C5}, {0x113C7, 0x113CA}, {0x113CC, 0x113D3}, {0x113E1, 0x113E2},
    {0x116D0, 0x116E3}, {0x11BC0, 0x11BE0}, {0x11BF0, 0x11BF9}, {0x11F5A, 0x11F5A},
    {0x13460, 0x143FA}, {0x16100, 0x16139}, {0x16D40, 0x16D6C}, {0x16D70, 0x16D79},
    {0x18CFF, 0x18CFF}, {0x1CCF0, 0x1CCF9}, {0x1E5D0, 0x1E5FA}, {0x2EBF0, 0x2EE5D}};

bool contains(std::span<const Range> ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](Range range) { return range.first <= c && c <= range.last; });
}

/// The Unicode version that assigned `c`, 0 where ICU knows of none.
int age(char32_t c) {
  UVersionInfo version;
  u_charAge(static_cast<UChar32>(c), version);
  return version[0];
}

/// Lower case of letters newer than ICU 72, 0 for others.
char32_t new_lower_case(char32_t c) {
  if (c >= 0x10D50 && c <= 0x10D65) return c + 0x20;
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;
  switch (c) {
    case 0x1C89:
      return 0x1C8A;
    case 0xA7CB:
      return 0x264;
    case 0xA7DC:
      return 0x19B;
    case 0xA7CC:
    case 0xA7CE:
    case 0xA7D2:
    case 0xA7D4:
    case 0xA7DA:
      return c + 1;
    default:
      return 0;
  }
}

std::uint32_t category_mask(char32_t c) {
  return U_GET_GC_MASK(static_cast<UChar32>(c));
}

const icu::Normalizer2& normalizer(bool compatibility) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* found = compatibility ? icu::Normalizer2::getNFKCInstance(status)
                                                : icu::Normalizer2::getNFCInstance(status);
  check(U_SUCCESS(status) && found != nullptr, ErrorKind::internal,
        "ICU has no normalization data: {}", u_errorName(status));
  return *found;
}

const icu::Normalizer2& canonical() {
  static const icu::Normalizer2& instance = normalizer(false);
  return instance;
}

const icu::Normalizer2& compatible() {
  static const icu::Normalizer2& instance = normalizer(true);
  return instance;
}

/// A code point with what it did to the text so far (see `Change`) and its combining class, which
/// is asked for several times.
struct Decomposed {
  char32_t code_point;
  int change;
  std::uint8_t combining_class;
};

/// Decomposes and sorts each run of non-starters by combining class, changes travelling along.
std::vector<Decomposed> decompose(const std::u32string& text, bool compatibility) {
  std::vector<Decomposed> out;
  out.reserve(text.size() + text.size() / 8);
  std::u32string parts;
  for (const char32_t c : text) {
    parts.clear();
    append_decomposition(c, compatibility, parts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      out.push_back({parts[i], i == 0 ? 0 : 1, combining_class(parts[i])});
    }
  }
  // Canonical ordering (Unicode 15, section 3.11, D109); stable, because marks of one class do not
  // commute: their order is kept.
  for (auto begin = out.begin(); begin != out.end();) {
    const auto is_starter = [](const Decomposed& d) { return d.combining_class == 0; };
    begin = std::find_if_not(begin, out.end(), is_starter);
    const auto end = std::find_if(begin, out.end(), is_starter);
    std::stable_sort(begin, end, [](const Decomposed& a, const Decomposed& b) {
      return a.combining_class < b.combining_class;
    });
    begin = end;
  }
  return out;
}

/// Canonical composition (Unicode 15, section 3.11, D117) in place; a composed code point carries
/// the sum of the changes of its parts, less one for each part it swallowed.
void recompose(std::vector<Decomposed>& text) {
  std::size_t starter = text.size(), kept = 0;
  int last_class = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Decomposed d = text[i];
    // A mark behind one of its own or a higher class is blocked (D115). The class -1 lets a starter
    // right behind a starter compose: Hangul vowels and final consonants are starters.
    if (starter < kept && (last_class < static_cast<int>(d.combining_class))) {
      const char32_t composed = compose_pair(text[starter].code_point, d.code_point);
      if (composed != 0) {
        text[starter].code_point = composed;
        text[starter].change += d.change - 1;
        continue;
      }
    }
    last_class = d.combining_class;
    if (d.combining_class == 0) {
      starter = kept;
      last_class = -1;
    }
    text[kept++] = d;
  }
  text.resize(kept);
}

}  // namespace

bool is_white_space(char32_t c) {
  // White_Space last changed in Unicode 6.3, before all the versions above: nothing to cut off.
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool is_other_category(char32_t c) {
  // is_other of unicode_categories is Cc, Cf and Co, although tokenizers/src/normalizers/bert.rs
  // names Cn too: what is not assigned stays in the text.
  return (category_mask(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0 &&
         age(c) <= kCategoriesVersion;
}

bool is_nonspacing_mark(char32_t c) {
  if (c == 0x1734) return true;  // Mc since Unicode 14
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) return false;  // Mn since 9 and 11
  return (category_mask(c) & U_GC_MN_MASK) != 0 && age(c) <= kCategoriesVersion;
}

bool is_combining_mark(char32_t c) {
  if (c == 0x1CF2 || c == 0x1CF3) return true;  // Lo since Unicode 12
  if (c == 0x111C9) return false;               // Mn since Unicode 11
  return (category_mask(c) & U_GC_M_MASK) != 0 && age(c) <= kNormalizationVersion;
}

bool is_punctuation(char32_t c) {
  // char::is_ascii_punctuation takes $ + < = > ^ ` | ~ along, which are symbols (S*) by category.
  if (c < 0x80) return c > 0x20 && c < 0x7F && !u_isalnum(static_cast<UChar32>(c));
  if (c == 0x166D || c == 0x111C9) return true;  // So since Unicode 12, Mn since 11
  return (category_mask(c) & U_GC_P_MASK) != 0 && age(c) <= kCategoriesVersion;
}

bool is_numeric(char32_t c) {
  if (age(c) > kRustVersion) return false;
  return (category_mask(c) & U_GC_N_MASK) != 0 || contains(kNewNumeric, c);
}

bool is_word_character(char32_t c) {
  if (age(c) > kRegexVersion) return false;
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ALPHABETIC) ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_JOIN_CONTROL) ||
         (category_mask(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 ||
         contains(kNewWord, c);
}

bool is_cjk_ideograph(char32_t c) {
  // is_chinese_char of tokenizers/src/normalizers/bert.rs. Extension E begins at U+2B820, but its
  // list, and so this one, at U+2B920.
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

void append_lower_case(char32_t c, std::u32string& out) {
  if (c == 0x130) {  // the one unconditional multi-character lower case of SpecialCasing.txt
    out += {U'i', char32_t{0x307}};
    return;
  }
  // Rust's char::to_lowercase sees one character: a sigma at the end of a word becomes U+03C3 too,
  // unlike SpecialCasing.txt's Final_Sigma.
  const char32_t newer = new_lower_case(c);
  out += newer != 0 ? newer : static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
}

std::uint8_t combining_class(char32_t c) {
  // No code point below U+0300 has a class but 0: Latin text skips the look-up.
  if (c < 0x300 || age(c) > kNormalizationVersion) return 0;
  return canonical().getCombiningClass(static_cast<UChar32>(c));
}

void append_decomposition(char32_t c, bool compatibility, std::u32string& out) {
  // getDecomposition gives the full mapping (getRawDecomposition one step of it), as NFD and NFKD
  // need.
  icu::UnicodeString parts;
  const icu::Normalizer2& data = compatibility ? compatible() : canonical();
  if (c < 0x80 || !data.getDecomposition(static_cast<UChar32>(c), parts) ||
      age(c) > kNormalizationVersion) {
    out += c;
    return;
  }
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    out += static_cast<char32_t>(parts.char32At(i));
  }
}

char32_t compose_pair(char32_t a, char32_t b) {
  const UChar32 composed =
      canonical().composePair(static_cast<UChar32>(a), static_cast<UChar32>(b));
  return composed < 0 || age(static_cast<char32_t>(composed)) > kNormalizationVersion
             ? 0
             : static_cast<char32_t>(composed);
}

std::vector<Change> normal_form_changes(const std::u32string& text, NormalForm form) {
  const bool compatibility = form == NormalForm::nfkc || form == NormalForm::nfkd;
  std::vector<Decomposed> parts = decompose(text, compatibility);
  if (form == NormalForm::nfc || form == NormalForm::nfkc) recompose(parts);
  std::vector<Change> out;
  out.reserve(parts.size());
  for (const Decomposed& part : parts) out.emplace_back(part.code_point, part.change);
  return out;
}

}  // namespace attune
