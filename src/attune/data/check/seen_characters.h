#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/text/utf8.h"
#include "attune/data/check/finding.h"

namespace attune {

inline ExampleId clip_id(std::size_t part, std::size_t index) {
  return {static_cast<std::int32_t>(part), static_cast<std::int64_t>(index)};
}

/// Calls `use` for each character but blanks, as its bytes.
template <typename Use>
void for_characters(std::string_view text, const Use& use) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_code_point(text, at) != ' ') use(std::string(text.substr(begin, at - begin)));
  }
}

/// How often a character is in transcripts, and the first two clips with it.
struct SeenCharacter {
  std::int64_t count = 0;
  std::vector<ExampleId> clips;
};
using SeenCharacters = std::map<std::string, SeenCharacter>;

void see(const std::string& character, ExampleId clip, SeenCharacters& seen);

/// "1: 4 times", most frequent first, as lines of the finding, with their clips as its examples.
void list_characters(const SeenCharacters& seen, Finding& finding);

}  // namespace attune
