#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "attune/config/field.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"

namespace attune {

/// The letters of transcripts; `automatic`: as the vocabulary has them, small for a new one.
enum class TranscriptCase { automatic, keep, lower, upper };
constexpr auto enum_names(TranscriptCase) {
  return std::to_array<std::pair<TranscriptCase, std::string_view>>(
      {{TranscriptCase::automatic, "auto"},
       {TranscriptCase::keep, "keep"},
       {TranscriptCase::lower, "lower"},
       {TranscriptCase::upper, "upper"}});
}

/// The Unicode normal form of transcripts.
enum class TranscriptForm { nfc, nfkc, none };
constexpr auto enum_names(TranscriptForm) {
  return std::to_array<std::pair<TranscriptForm, std::string_view>>(
      {{TranscriptForm::nfc, "NFC"},
       {TranscriptForm::nfkc, "NFKC"},
       {TranscriptForm::none, "none"}});
}
constexpr auto enum_synonyms(TranscriptForm) {
  return std::to_array<std::pair<TranscriptForm, std::string_view>>(
      {{TranscriptForm::nfc, "nfc"}, {TranscriptForm::nfkc, "nfkc"}});
}

/// What transcripts become before they are learnt from or compared with. Kept with the saved model:
/// `evaluate` treats its references alike.
struct TranscriptOptions {
  TranscriptCase letter_case = TranscriptCase::automatic;
  bool remove_punctuation = false;
  std::string chars_to_remove;
  TranscriptForm unicode_normalization = TranscriptForm::nfc;
  std::string transcript_language;  ///< whose letters' cases are meant; "": no language's own

  template <typename V>
  void visit(V& v) {
    v("letter_case", letter_case,
      "Letters of transcripts: lower, upper or keep; auto: as the model's vocabulary has them, "
      "lower for a new vocabulary");
    v("remove_punctuation", remove_punctuation,
      "Take punctuation out of transcripts; an apostrophe within a word stays, hyphens and dashes "
      "become blanks");
    v("chars_to_remove", chars_to_remove,
      "Characters to take out of transcripts, e.g. \",?.!\" (Hugging Face: chars_to_ignore)");
    v("unicode_normalization", unicode_normalization,
      "Unicode normal form of transcripts: NFC, NFKC (full-width letters, ligatures and the like "
      "become plain ones) or none");
    visit_language(v).only_with("letter_case", {"auto", "lower", "upper"});
  }
  template <typename V>
  auto& visit_language(V& v) {
    return v("transcript_language", transcript_language,
             "Language whose rules letters change their case by, e.g. tr: Turkish I becomes ı, İ i "
             "(default: as Python's str.lower(), I becomes i in every language)");
  }
};

/// The options with the case that `automatic` comes to: that of the vocabulary's texts, `keep`
/// where they have both cases or none; `lower` without a vocabulary.
TranscriptOptions settle_case(TranscriptOptions options, const CtcVocabulary* vocabulary);

/// Normalises transcripts. What it gives, given again, stays as it is. In this order: normal form;
/// `chars_to_remove`; punctuation; case; normal form, `chars_to_remove`; runs of white space become
/// one blank, none at the ends. Always taken out is what nobody says or sees: control characters,
/// soft hyphens, zero-width blanks, direction marks (the joiners U+200C and U+200D stay); `|`,
/// which stands for the blank in vocabularies, is one.
///
/// `remove_punctuation`: characters of the Unicode categories P*, among them no $ + < = > ^ ` | ~.
/// Between two letters, marks or digits an apostrophe stays (' and U+2019, which becomes '), as do
/// U+00B7 (Catalan) and U+05F3, U+05F4 (Hebrew). Dashes (Pd), slashes and U+1361 (Ethiopic) become
/// blanks. Others vanish, as by Hugging Face's chars_to_ignore.
class TranscriptRules {
 public:
  /// `automatic` counts as `lower`. Throws `user` where `chars_to_remove` is no UTF-8, and for a
  /// language that is none (`is_language`).
  explicit TranscriptRules(const TranscriptOptions& options);

  /// Requires UTF-8.
  std::string apply(std::string_view text) const;

  /// Whether texts that were written with I and ı, İ and i as pairs (Turkish and its like: it holds
  /// İ or ı) change their case here as if they were not.
  bool mistakes_dotless_i(std::string_view text) const;

 private:
  std::string apply_once(std::string_view text) const;
  std::string normalised(std::string_view text) const;
  bool is_removed(char32_t c) const;

  TranscriptOptions options_;
  std::u32string removed_;  ///< sorted
};

}  // namespace attune
