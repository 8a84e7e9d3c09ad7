#include "attune/data/check/seen_characters.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {
namespace {

constexpr std::size_t kMostLines = 100;

/// "é (U+00E9)".
std::string character_name(const std::string& text) {
  std::size_t at = 0;
  const char32_t c = next_code_point(text, at);
  return fmt::format("{} (U+{:04X})", text, static_cast<std::uint32_t>(c));
}

}  // namespace

void see(const std::string& character, ExampleId clip, SeenCharacters& seen) {
  SeenCharacter& entry = seen[character];
  ++entry.count;
  if (entry.clips.size() < 2 && (entry.clips.empty() || entry.clips.back() != clip)) {
    entry.clips.push_back(clip);
  }
}

void list_characters(const SeenCharacters& seen, Finding& finding) {
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [character, entry] : seen) order.emplace_back(-entry.count, character);
  std::ranges::sort(order);
  for (const auto& [count, character] : order) {
    if (finding.lines.size() == kMostLines) break;
    finding.lines.push_back(fmt::format("{}: {} time{}", character_name(character),
                                        with_thousands(-count), count == -1 ? "" : "s"));
  }
  for (const auto& [count, character] : order) {
    for (const ExampleId& clip : seen.at(character).clips) {
      finding.examples.push_back({{clip}, character_name(character)});
    }
  }
}

}  // namespace attune
