#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "attune/media/text/component_json.h"
#include "attune/media/text/normalized_text.h"
#include "attune/media/text/unicode/code_point_table.h"

namespace attune {

/// What happens to a delimiter; names and results are tokenizers' SplitDelimiterBehavior. `-` in
/// "the-final--countdown": removed gives the|final|countdown, isolated the|-|final|-|-|countdown,
/// merged_with_previous the-|final-|-|countdown, merged_with_next the|-final|-|-countdown,
/// contiguous the|-|final|--|countdown.
enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Reads `"Isolated"` and the like from the field `key`.
SplitBehavior read_split_behavior(const ComponentJson& json, const char* key);

/// Cuts each of `words` (byte ranges of `text`) at the characters that `is_delimiter` marks.
void split_words(std::string_view text, std::vector<Span>& words,
                 const CodePointTable<bool>& is_delimiter, SplitBehavior behavior);

}  // namespace attune
