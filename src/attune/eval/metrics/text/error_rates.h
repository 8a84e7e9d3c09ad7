#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/eval/metrics/intervals/interval.h"
#include "attune/eval/metrics/metric_values.h"
#include "attune/eval/metrics/text/edit_alignment.h"

namespace attune {

/// Edits of one or many texts by kind.
struct EditCounts {
  std::int64_t matches = 0, substitutions = 0, deletions = 0, insertions = 0;

  std::int64_t errors() const { return substitutions + deletions + insertions; }
  std::int64_t reference_length() const { return matches + substitutions + deletions; }
  /// Errors for each token of the reference, which may be more than 1; NaN without such tokens.
  double rate() const;
  EditCounts& operator+=(const EditCounts& other);
  bool operator==(const EditCounts&) const = default;
};

EditCounts count_edits(std::span<const Edit> edits);

/// The words of UTF-8 text: what lies between white space (as Python's `str.split()`).
std::vector<std::string_view> words_of(std::string_view text);
/// The code points of UTF-8 text without white space at its ends; that between words counts.
std::vector<std::uint32_t> characters_of(std::string_view text);

/// `align` by words; they point into the texts.
struct WordAlignment {
  std::vector<std::string_view> reference, hypothesis;
  std::vector<Edit> edits;
};
WordAlignment align_words(std::string_view reference, std::string_view hypothesis);

/// Word and character error rates of transcripts, as jiwer's `process_words` and
/// `process_characters` give them for lists of texts: errors of all over tokens of all references.
/// A text is taken as it is (case, punctuation and normal form count). Keeps counts only.
class ErrorRates {
 public:
  /// Throws `data` for ill-formed UTF-8. An empty reference makes every word an insertion.
  void add(std::string_view reference, std::string_view hypothesis);

  /// `wer`, `cer`, `sentence_error_rate`, then `word_substitutions`, `word_deletions`,
  /// `word_insertions` and the same of characters.
  static std::vector<MetricInfo> infos();
  MetricValues values() const;

  /// By text, in the order added.
  const std::vector<EditCounts>& words() const { return words_; }
  const std::vector<EditCounts>& characters() const { return characters_; }

  /// `wer` and `cer` with 95 % bootstrap intervals that draw whole speakers (`speaker_of_text`: any
  /// numbers, one a text), whose texts are alike; empty: texts for themselves.
  std::vector<Estimate> intervals(std::span<const std::int64_t> speaker_of_text,
                                  std::int64_t resamples, std::uint64_t seed) const;

 private:
  std::vector<EditCounts> words_, characters_;
};

}  // namespace attune
