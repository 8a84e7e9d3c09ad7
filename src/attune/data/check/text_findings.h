#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/text/text_parts.h"

namespace attune {

/// What a tokenizer makes of a part's texts; empty: not looked at.
struct TokenCounts {
  std::vector<std::int64_t> lengths;  ///< by example, before texts are cut
  std::vector<std::int64_t> unknown;  ///< of these, how many are the unknown token
};

struct TextCheckInput {
  const TextParts& parts;
  OnBadRow policy;  ///< of the run that is checked; the parts are read with `skip`
  std::vector<TokenCounts> tokens = {};  ///< by part, or none
  std::int64_t max_length = 0;           ///< 0: not known
};

/// Looks through texts. `parts` must outlive the result, whose `show` reads them.
DataCheck check_texts(const TextCheckInput& input);

}  // namespace attune
