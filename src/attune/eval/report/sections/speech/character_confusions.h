#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/report/page/html.h"
#include "attune/eval/report/sections/speech/transcripts.h"

namespace attune {

/// How often a character was heard as another. 0 stands for none: what was left out, or added.
struct CharacterConfusion {
  char32_t said = 0, heard = 0;
  std::int64_t count = 0;
  std::int64_t said_in_all = 0;  ///< how often `said` was said; 0 where it is none
};

/// All of them, the most frequent first, of as many in the order of code points.
std::vector<CharacterConfusion> character_confusions(std::span<const TranscriptResult> texts);

/// A card each for what was heard as something else, left out and added; at most `limit` rows. No
/// card without rows.
std::vector<Html> character_cards(std::span<const CharacterConfusion> confusions,
                                  std::size_t limit = 12);

}  // namespace attune
