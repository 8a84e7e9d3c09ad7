#include "attune/data/check/character_findings.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/utf8.h"
#include "attune/data/check/counted.h"
#include "attune/data/check/seen_characters.h"
#include "attune/media/text/unicode/character_kind.h"

namespace attune {
namespace {

constexpr double kOtherScriptShare = 0.01;  // of letters: more is no slip

struct OddKind {
  CharacterKind character;
  Severity severity;
  const char *kind, *what, *advice;
};

constexpr std::array<OddKind, 4> kOddKinds = {
    {{CharacterKind::digit, Severity::warning, "digits_in_transcripts", "digits",
      "a model writes what it hears, and digits are said in many ways: write numbers as words"},
     {CharacterKind::bracket, Severity::warning, "brackets_in_transcripts", "brackets",
      "what stands in them is mostly a note, [laughs], that nobody says: take notes out of the "
      "transcripts (--remove-punctuation takes out the brackets alone)"},
     {CharacterKind::symbol, Severity::warning, "symbols_in_transcripts", "symbols or emoji",
      "nobody says them, or each otherwise: write them as words, or take them out with "
      "--chars-to-remove"},
     {CharacterKind::punctuation, Severity::note, "punctuation_in_transcripts", "punctuation",
      "it can hardly be heard: --remove-punctuation takes it out, unless it is to be learnt"}}};

char32_t code_point_of(const std::string& character) {
  std::size_t at = 0;
  return next_code_point(character, at);
}

bool is_within_words(char32_t c) {
  return c == '\'' || c == 0x2019 || c == '-' || c == 0x2010 || c == 0xB7 || c == 0x5F3 ||
         c == 0x5F4;
}

/// Calls `use(text, id)` for each clip.
template <typename Use>
void for_clips(const AudioParts& parts, const Use& use) {
  const auto all = parts.parts();
  for (std::size_t p = 0; p < all.size(); ++p) {
    for (std::size_t i = 0; i < all[p].second->examples.size(); ++i) {
      use(all[p].second->examples[i].text, clip_id(p, i));
    }
  }
}

/// The characters of transcripts for which `is_meant` holds, and how many clips have some.
template <typename IsMeant>
std::pair<SeenCharacters, std::int64_t> see_all(const AudioParts& parts, const IsMeant& is_meant) {
  SeenCharacters seen;
  std::int64_t clips = 0;
  for_clips(parts, [&](const std::string& text, ExampleId id) {
    bool has_some = false;
    for_characters(text, [&](const std::string& character) {
      if (!is_meant(code_point_of(character))) return;
      see(character, id, seen);
      has_some = true;
    });
    clips += has_some ? 1 : 0;
  });
  return {std::move(seen), clips};
}

void add_characters(const SeenCharacters& seen, std::int64_t clips, const std::string& what,
                    Finding finding, DataCheck& check) {
  if (seen.empty()) return;
  finding.text = fmt::format("{} in {}", counted(clips, "clips", "", "has " + what, "have " + what),
                             clips == 1 ? "its transcript" : "their transcripts");
  list_characters(seen, finding);
  check.add(std::move(finding));
}

/// The scripts of the letters, most frequent first, with their counts.
std::vector<std::pair<std::int64_t, std::string>> scripts_of(const AudioParts& parts) {
  std::map<std::string, std::int64_t> counts;
  for_clips(parts, [&](const std::string& text, ExampleId) {
    for (std::size_t at = 0; at < text.size();) ++counts[script_name(next_code_point(text, at))];
  });
  counts.erase("");
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [script, count] : counts) order.emplace_back(count, script);
  std::ranges::sort(order, std::greater());
  return order;
}

void find_other_scripts(const AudioParts& parts, DataCheck& check) {
  const auto scripts = scripts_of(parts);
  if (scripts.size() < 2) return;
  std::int64_t total = 0;
  for (const auto& [count, script] : scripts) total += count;
  std::set<std::string> rare;
  for (const auto& [count, script] : scripts) {
    if (static_cast<double>(count) < kOtherScriptShare * static_cast<double>(total)) {
      rare.insert(script);
    }
  }
  const auto [seen, clips] =
      see_all(parts, [&](char32_t c) { return rare.contains(script_name(c)); });
  add_characters(
      seen, clips, fmt::format("letters of other scripts than {}", scripts[0].second),
      {.severity = Severity::warning,
       .kind = "other_scripts",
       .advice = "each becomes a symbol of its own, with little to be learnt of it: write "
                 "the words in the letters of the language, or take the clips out"},
      check);
}

/// The first word with letters of two scripts, or "".
std::string mixed_word(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    std::set<std::string> scripts;
    for (std::size_t at = 0; at < word.size();)
      scripts.insert(script_name(next_code_point(word, at)));
    scripts.erase("");
    if (scripts.size() > 1) return std::string(word);
    begin = end + 1;
  }
  return "";
}

void find_mixed_words(const AudioParts& parts, DataCheck& check) {
  Finding finding{.severity = Severity::warning,
                  .kind = "mixed_scripts",
                  .advice =
                      "letters that look alike (Latin a, Cyrillic а) are other symbols to a "
                      "model: write each word in one script"};
  for_clips(parts, [&](const std::string& text, ExampleId id) {
    if (std::string word = mixed_word(text); !word.empty()) {
      finding.examples.push_back({{id}, std::move(word)});
    }
  });
  if (finding.examples.empty()) return;
  finding.text =
      counted(std::ssize(finding.examples), "clips", "", "has a word with letters of two scripts",
              "have words with letters of two scripts");
  check.add(std::move(finding));
}

}  // namespace

void find_odd_characters(const AudioParts& parts, DataCheck& check) {
  for (const OddKind& odd : kOddKinds) {
    const auto [seen, clips] = see_all(parts, [&](char32_t c) {
      return character_kind(c) == odd.character && !is_within_words(c);
    });
    add_characters(seen, clips, odd.what,
                   {.severity = odd.severity, .kind = odd.kind, .advice = odd.advice}, check);
  }
  find_other_scripts(parts, check);
  find_mixed_words(parts, check);
}

}  // namespace attune
