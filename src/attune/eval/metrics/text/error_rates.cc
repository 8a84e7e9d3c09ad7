#include "attune/eval/metrics/text/error_rates.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "attune/base/error.h"
#include "attune/base/text/utf8.h"
#include "attune/eval/metrics/intervals/bootstrap.h"

namespace attune {
namespace {

/// Python's str.isspace().
bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
         c == 0x205f || c == 0x3000;
}

/// Words of two texts as numbers, the same word the same one.
std::vector<std::uint32_t> number_words(
    std::span<const std::string_view> words,
    std::unordered_map<std::string_view, std::uint32_t>& numbers) {
  std::vector<std::uint32_t> result;
  for (const auto& word : words) {
    result.push_back(
        numbers.try_emplace(word, static_cast<std::uint32_t>(numbers.size())).first->second);
  }
  return result;
}

EditCounts sum(const std::vector<EditCounts>& counts) {
  EditCounts total;
  for (const EditCounts& count : counts) total += count;
  return total;
}

double weighted_rate(std::span<const EditCounts> counts, std::span<const std::uint32_t> weights) {
  std::int64_t errors = 0, length = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    errors += weights[i] * counts[i].errors();
    length += weights[i] * counts[i].reference_length();
  }
  if (length == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(errors) / static_cast<double>(length);
}

void check_text(std::string_view text) {
  const auto invalid = find_invalid_utf8(text);
  check(!invalid, ErrorKind::data, "a transcript is not UTF-8 at byte {}: \"{}\"",
        invalid.value_or(0), shorten_utf8(text.substr(0, invalid.value_or(0)), 40));
}

constexpr std::string_view kNoReference = "the references hold no word";

}  // namespace

double EditCounts::rate() const {
  return reference_length() == 0
             ? std::numeric_limits<double>::quiet_NaN()
             : static_cast<double>(errors()) / static_cast<double>(reference_length());
}

EditCounts& EditCounts::operator+=(const EditCounts& other) {
  matches += other.matches;
  substitutions += other.substitutions;
  deletions += other.deletions;
  insertions += other.insertions;
  return *this;
}

EditCounts count_edits(std::span<const Edit> edits) {
  EditCounts counts;
  for (const Edit edit : edits) {
    counts.matches += edit == Edit::match;
    counts.substitutions += edit == Edit::substitution;
    counts.deletions += edit == Edit::deletion;
    counts.insertions += edit == Edit::insertion;
  }
  return counts;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (!is_space(next_code_point(text, at))) continue;
    if (before > start) words.push_back(text.substr(start, before - start));
    start = at;
  }
  if (start < text.size()) words.push_back(text.substr(start));
  return words;
}

std::vector<std::uint32_t> characters_of(std::string_view text) {
  std::vector<std::uint32_t> characters;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (!characters.empty() || !is_space(c)) characters.push_back(c);
  }
  while (!characters.empty() && is_space(characters.back())) characters.pop_back();
  return characters;
}

WordAlignment align_words(std::string_view reference, std::string_view hypothesis) {
  WordAlignment result{words_of(reference), words_of(hypothesis), {}};
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  const auto expected = number_words(result.reference, numbers);
  result.edits = align(expected, number_words(result.hypothesis, numbers));
  return result;
}

void ErrorRates::add(std::string_view reference, std::string_view hypothesis) {
  check_text(reference);
  check_text(hypothesis);
  words_.push_back(count_edits(align_words(reference, hypothesis).edits));
  characters_.push_back(count_edits(align(characters_of(reference), characters_of(hypothesis))));
}

std::vector<MetricInfo> ErrorRates::infos() {
  return {{"wer", kFalls, kHeadline, "Word error rate"},
          {"cer", kFalls, kHeadline, "Character error rate"},
          {"sentence_error_rate", kFalls, kDetail, "Sentence error rate"},
          {"word_substitutions", kFalls},
          {"word_deletions", kFalls},
          {"word_insertions", kFalls},
          {"character_substitutions", kFalls},
          {"character_deletions", kFalls},
          {"character_insertions", kFalls}};
}

MetricValues ErrorRates::values() const {
  const EditCounts words = sum(words_), characters = sum(characters_);
  const auto wrong =
      std::ranges::count_if(words_, [](const EditCounts& counts) { return counts.errors() > 0; });
  MetricValues values;
  values.add("wer", words.rate(), kNoReference);
  values.add("cer", characters.rate(), kNoReference);
  values.add("sentence_error_rate", static_cast<double>(wrong) / static_cast<double>(words_.size()),
             "no texts");
  const auto add_counts = [&](const std::string& unit, const EditCounts& counts) {
    values.add(unit + "_substitutions", static_cast<double>(counts.substitutions));
    values.add(unit + "_deletions", static_cast<double>(counts.deletions));
    values.add(unit + "_insertions", static_cast<double>(counts.insertions));
  };
  add_counts("word", words);
  add_counts("character", characters);
  return values;
}

std::vector<Estimate> ErrorRates::intervals(std::span<const std::int64_t> speaker_of_text,
                                            std::int64_t resamples, std::uint64_t seed) const {
  check(speaker_of_text.empty() || speaker_of_text.size() == words_.size(), ErrorKind::internal,
        "{} speakers for {} texts", speaker_of_text.size(), words_.size());
  const Resampler resampler = speaker_of_text.empty()
                                  ? Resampler::plain(static_cast<std::int64_t>(words_.size()), seed)
                                  : Resampler::clustered(speaker_of_text, seed);
  return bootstrap(resampler, resamples, 2,
                   [&](std::span<const std::uint32_t> weights, std::span<double> out) {
                     out[0] = weighted_rate(words_, weights);
                     out[1] = weighted_rate(characters_, weights);
                   });
}

}  // namespace attune
