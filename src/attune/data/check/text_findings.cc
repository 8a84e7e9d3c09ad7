#include "attune/data/check/text_findings.h"

#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "attune/data/check/example_findings.h"
#include "attune/data/text/text_statistics.h"

namespace attune {
namespace {

// A text of which so many tokens are unknown says little to the model; in ordinary text of the
// model's language it is far below 1 %.
constexpr double kManyUnknown = 0.05;
// Above it is worth to look at --max-length.
constexpr double kManyCut = 0.1;

/// The texts of an example in one line, equal for those that differ in case and blanks alone.
std::string key_of(const TextExample& example) {
  std::string key = normalise_for_comparison(example.text);
  // Line ends are no part of normalised texts: ("a", "b c") is not ("a b", "c").
  if (example.text_pair) key += '\n' + normalise_for_comparison(*example.text_pair);
  return key;
}

void find_equal_texts(const TextParts& parts, DataCheck& check) {
  std::vector<std::vector<std::string>> keys;
  for (const auto& [name, part] : parts.parts()) {
    std::vector<std::string>& of_part = keys.emplace_back();
    of_part.reserve(part->examples.size());
    for (const TextExample& example : part->examples) of_part.push_back(key_of(example));
  }
  add_pairs(equal_pairs(keys), parts, "duplicates", "the same but for case and blanks", check);
}

/// Those of a part's `count` examples of which `is_meant(i)` holds, as findings list them.
std::vector<FoundExamples> examples_where(std::int32_t part, std::size_t count,
                                          const auto& is_meant, const auto& detail) {
  std::vector<FoundExamples> found;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_meant(i)) {
      found.push_back({{{part, static_cast<std::int64_t>(i)}}, detail(i)});
    }
  }
  return found;
}

void find_cut_texts(const TextCheckInput& input, DataCheck& check) {
  const auto parts = input.parts.parts();
  for (std::size_t p = 0; p < input.tokens.size(); ++p) {
    const std::vector<std::int64_t>& lengths = input.tokens[p].lengths;
    std::vector<FoundExamples> cut = examples_where(
        static_cast<std::int32_t>(p), lengths.size(),
        [&](std::size_t i) { return lengths[i] > input.max_length; },
        [&](std::size_t i) { return fmt::format("{} tokens", lengths[i]); });
    if (cut.empty()) continue;
    const double share = static_cast<double>(cut.size()) / static_cast<double>(lengths.size());
    check.add({.severity = share > kManyCut ? Severity::warning : Severity::note,
               .kind = "texts_that_are_cut",
               .text = fmt::format(
                   "{} texts of {} ({:.1f} %) are longer than {} tokens and are cut",
                   with_thousands(std::ssize(cut)), parts[p].first, 100 * share, input.max_length),
               .advice = "--max-length says how much is read; what is behind it is not seen",
               .examples = std::move(cut)});
  }
}

void find_unknown_tokens(const TextCheckInput& input, DataCheck& check) {
  const auto parts = input.parts.parts();
  for (std::size_t p = 0; p < input.tokens.size(); ++p) {
    const TokenCounts& counts = input.tokens[p];
    const std::int64_t all =
        std::accumulate(counts.lengths.begin(), counts.lengths.end(), std::int64_t{0});
    const std::int64_t unknown =
        std::accumulate(counts.unknown.begin(), counts.unknown.end(), std::int64_t{0});
    if (unknown == 0) continue;
    const double share = static_cast<double>(unknown) / static_cast<double>(all);
    check.add({.severity = share > kManyUnknown ? Severity::warning : Severity::note,
               .kind = "unknown_tokens",
               .text = fmt::format("{:.2f} % of the tokens of {} are unknown to the model",
                                   100 * share, parts[p].first),
               .advice = share > kManyUnknown
                             ? "is the model of this language, and the file's --encoding right?"
                             : "",
               .examples = examples_where(
                   static_cast<std::int32_t>(p), counts.unknown.size(),
                   [&](std::size_t i) {
                     return static_cast<double>(counts.unknown[i]) >
                            kManyUnknown * static_cast<double>(counts.lengths[i]);
                   },
                   [&](std::size_t i) {
                     return fmt::format("{} of {} tokens", counts.unknown[i], counts.lengths[i]);
                   })});
  }
}

}  // namespace

DataCheck check_texts(const TextCheckInput& input) {
  DataCheck check{.unit = TextDataset::kUnit};
  const auto parts = input.parts.parts();
  std::vector<SplitView> views;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    views.push_back({parts[p].first, parts[p].second, {}});
    if (!input.tokens.empty()) views.back().lengths = input.tokens[p].lengths;
  }
  check.statistics = compute_statistics(views, input.max_length);
  check.show = [parts](ExampleId id) -> ShownExample {
    const auto& [name, data] = parts[static_cast<std::size_t>(id.part)];
    const TextExample& example = data->examples[static_cast<std::size_t>(id.index)];
    return {name, data->source_name(id.index), label_text(*data, id.index),
            example.text + (example.text_pair ? " | " + *example.text_pair : "")};
  };
  find_common(input.parts, input.policy, Severity::problem, check);
  find_equal_texts(input.parts, check);
  find_cut_texts(input, check);
  find_unknown_tokens(input, check);
  return check;
}

}  // namespace attune
