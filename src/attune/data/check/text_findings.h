#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "attune/data/check/finding.h"
#include "attune/data/text/text_statistics.h"

namespace attune {

struct TextCheckInput {
  std::vector<SplitView> splits;  ///< the training part first
  std::optional<OnBadRow>
      policy;                   ///< of the run with rows it cannot use; none: they have been told
  std::int64_t max_length = 0;  ///< in tokens; 0: not known
};

/// Looks through texts. The data of `splits` must outlive the result, whose `show` reads them.
DataCheck check_texts(const TextCheckInput& input);

}  // namespace attune
