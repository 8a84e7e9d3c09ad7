#include "attune/data/check/text_findings.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "attune/data/check/counted.h"
#include "attune/data/check/example_findings.h"

namespace attune {
namespace {

// A text of which so many tokens are unknown says little to the model; in ordinary text of the
// model's language it is far below 1 %.
constexpr double kManyUnknown = 0.05;
// Above it is worth to look at --max-length.
constexpr double kManyCut = 0.1;

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
  if (input.max_length == 0) return;
  for (std::size_t p = 0; p < input.splits.size(); ++p) {
    const std::span<const std::int64_t> lengths = input.splits[p].lengths;
    std::vector<FoundExamples> cut = examples_where(
        static_cast<std::int32_t>(p), lengths.size(),
        [&](std::size_t i) { return lengths[i] > input.max_length; },
        [&](std::size_t i) { return fmt::format("{} tokens", lengths[i]); });
    if (cut.empty()) continue;
    const double share = static_cast<double>(cut.size()) / static_cast<double>(lengths.size());
    check.add(
        {.severity = share > kManyCut ? Severity::warning : Severity::note,
         .kind = "texts_that_are_cut",
         .text = counted(std::ssize(cut), "texts",
                         fmt::format(" of {} ({:.1f} %)", input.splits[p].name, 100 * share),
                         fmt::format("is longer than {} tokens and is cut", input.max_length),
                         fmt::format("are longer than {} tokens and are cut", input.max_length)),
         .advice = "--max-length says how much is read; what is behind it is not seen",
         .examples = std::move(cut)});
  }
}

void find_unknown_tokens(const TextCheckInput& input, DataCheck& check) {
  for (std::size_t p = 0; p < input.splits.size(); ++p) {
    const SplitView& split = input.splits[p];
    if (split.unknown_tokens == 0) continue;
    const double share =
        static_cast<double>(split.unknown_tokens) / static_cast<double>(split.text_tokens);
    check.add(
        {.severity = share > kManyUnknown ? Severity::warning : Severity::note,
         .kind = "unknown_tokens",
         .text = fmt::format("{:.2f} % of the tokens of {} are unknown to the tokenizer",
                             100 * share, split.name),
         .advice = share > kManyUnknown
                       ? "the model sees one sign for all of them: is it of this language and "
                         "writing, and the file's --encoding right?"
                       : "",
         .examples = examples_where(
             static_cast<std::int32_t>(p), split.unknown.size(),
             [&](std::size_t i) {
               return static_cast<double>(split.unknown[i]) >
                      kManyUnknown * static_cast<double>(split.lengths[i]);
             },
             [&](std::size_t i) {
               return fmt::format("{} of {} tokens", split.unknown[i], split.lengths[i]);
             })});
  }
}

}  // namespace

DataCheck check_texts(const TextCheckInput& input) {
  DataCheck check{.unit = TextDataset::kUnit,
                  .statistics = compute_statistics(input.splits, input.max_length)};
  NamedParts<TextDataset> parts;
  for (const SplitView& split : input.splits) parts.emplace_back(split.name, split.data);
  check.show = [parts](ExampleId id) -> ShownExample {
    const auto& [name, data] = parts[static_cast<std::size_t>(id.part)];
    const TextExample& example = data->examples[static_cast<std::size_t>(id.index)];
    return {name, data->source_name(id.index), label_text(*data, id.index),
            example.text + (example.text_pair ? " | " + *example.text_pair : "")};
  };
  find_common(parts, input.policy, Severity::problem, check);
  add_pairs(check.statistics.equal, parts, "duplicates", "the same but for case and blanks", check);
  find_cut_texts(input, check);
  find_unknown_tokens(input, check);
  return check;
}

}  // namespace attune
