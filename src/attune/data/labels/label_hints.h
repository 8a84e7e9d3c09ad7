#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "attune/data/labels/labels.h"

namespace attune {

/// What an unknown label may have been meant as, for messages.
class LabelHints {
 public:
  /// The nearest of the names: `did_you_mean`, or "". It costs a look at all of them: of the first
  /// unknown labels alone, which are those shown.
  std::string nearest(const std::string& label, const LabelNames& names);

 private:
  std::unordered_map<std::string, std::string> known_;  ///< by unknown label
};

/// The separator at which `text` parts into known names alone, or "".
std::string separator_hint(std::string_view text, const LabelNames& names);

}  // namespace attune
