#include "attune/data/audio/transcript_rules.h"

#include <algorithm>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/label_text.h"

namespace attune {
namespace {

constexpr int kMostRounds = 8;  // that do not shorten a text

std::u32string points_of(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) points += next_code_point(text, at);
  return points;
}

/// The categories P*; `is_punctuation` has ASCII's symbols too.
bool is_transcript_punctuation(char32_t c) {
  return is_punctuation(c) && std::u32string_view(U"$+<=>^`|~").find(c) == std::u32string::npos;
}

bool is_part_of_word(char32_t c) {
  return is_word_character(c) && !is_transcript_punctuation(c);
}

bool is_dash(char32_t c) {
  // General category Pd and what stands between words as they do.
  return c == '-' || c == 0x58A || c == 0x5BE || c == 0x1400 || c == 0x1806 ||
         (c >= 0x2010 && c <= 0x2015) || c == 0x2E17 || c == 0x2E1A || c == 0x2E3A || c == 0x2E3B ||
         c == 0x2E40 || c == 0x301C || c == 0x3030 || c == 0x30A0 || c == 0xFE31 || c == 0xFE32 ||
         c == 0xFE58 || c == 0xFE63 || c == 0xFF0D || c == '/' || c == 0x1361;
}

/// What is written within words, 0 for all else.
char32_t within_word(char32_t c) {
  if (c == '\'' || c == 0x2019) return '\'';
  return c == 0xB7 || c == 0x5F3 || c == 0x5F4 ? c : 0;
}

std::u32string without_punctuation(const std::u32string& text) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool is_between = i > 0 && i + 1 < text.size() && is_part_of_word(text[i - 1]) &&
                            is_part_of_word(text[i + 1]);
    if (is_dash(c)) {
      result += U' ';
    } else if (is_between && within_word(c) != 0) {
      result += within_word(c);
    } else if (!is_transcript_punctuation(c)) {
      result += c;
    }
  }
  return result;
}

/// White space as single blanks, none at the ends, nothing that cannot be seen.
std::string collapsed(const std::u32string& text) {
  std::string result;
  for (const char32_t c : text) {
    if (is_white_space(c) || c == '|') {
      if (!result.empty() && result.back() != ' ') result += ' ';
    } else if (!is_blank(c) || c == 0x200C || c == 0x200D) {
      append_utf8(result, c);
    }
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

}  // namespace

TranscriptOptions settle_case(TranscriptOptions options, const CtcVocabulary* vocabulary) {
  if (options.letter_case != TranscriptCase::automatic) return options;
  options.letter_case = TranscriptCase::keep;
  if (vocabulary == nullptr || vocabulary->text_case() == LetterCase::lower) {
    options.letter_case = TranscriptCase::lower;
  } else if (vocabulary->text_case() == LetterCase::upper) {
    options.letter_case = TranscriptCase::upper;
  }
  return options;
}

TranscriptRules::TranscriptRules(const TranscriptOptions& options) : options_(options) {
  check(!find_invalid_utf8(options.chars_to_remove), ErrorKind::user,
        "--chars-to-remove: it is no UTF-8");
  const std::string& language = options.transcript_language;
  check(language.empty() || is_language(language), ErrorKind::user,
        "--transcript-language {}: it is no language; expected a code of ISO 639, such as tr or "
        "tur for Turkish",
        language);
  removed_ = points_of(normalised(options.chars_to_remove));
  std::ranges::sort(removed_);
}

bool TranscriptRules::is_removed(char32_t c) const {
  return std::ranges::binary_search(removed_, c);
}

std::string TranscriptRules::normalised(std::string_view text) const {
  switch (options_.unicode_normalization) {
    case TranscriptForm::nfc:
      return normal_form(text, NormalForm::nfc);
    case TranscriptForm::nfkc:
      return normal_form(text, NormalForm::nfkc);
    case TranscriptForm::none:
      break;
  }
  return std::string(text);
}

std::string TranscriptRules::apply_once(std::string_view text) const {
  std::u32string points = points_of(normalised(text));
  const auto removed = [&](char32_t c) { return is_removed(c); };
  std::erase_if(points, removed);
  if (options_.remove_punctuation) points = without_punctuation(points);
  std::string result = collapsed(points);
  if (options_.letter_case == TranscriptCase::upper) {
    result = upper_case(result, options_.transcript_language);
  } else if (options_.letter_case != TranscriptCase::keep) {
    result = lower_case(result, options_.transcript_language);
  }
  points = points_of(normalised(result));
  std::erase_if(points, removed);
  return collapsed(points);
}

std::string TranscriptRules::apply(std::string_view text) const {
  std::string result = apply_once(text);
  // A step may make work for one before it: what is taken out brings letters together that compose,
  // or a sigma to a word's end. Letters within letters that are taken out need a round for each.
  for (int same_size = 0; same_size < kMostRounds;) {
    std::string again = apply_once(result);
    if (again == result) break;
    if (again.size() >= result.size()) ++same_size;
    result = std::move(again);
  }
  return result;
}

bool TranscriptRules::mistakes_dotless_i(std::string_view text) const {
  if (options_.letter_case == TranscriptCase::keep || !options_.transcript_language.empty()) {
    return false;
  }
  const bool has_dotless = text.find("ı") != std::string_view::npos;
  const bool has_dotted = text.find("İ") != std::string_view::npos;
  // Small letters alone stay as they are when they are made small.
  if (options_.letter_case == TranscriptCase::upper) return has_dotless || has_dotted;
  return has_dotted || (has_dotless && text.find('I') != std::string_view::npos);
}

}  // namespace attune
