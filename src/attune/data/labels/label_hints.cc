#include "attune/data/labels/label_hints.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/base/text/suggest.h"
#include "attune/base/text/utf8.h"
#include "attune/data/labels/separators.h"

namespace attune {

std::string LabelHints::nearest(const std::string& label, const LabelNames& names) {
  constexpr std::size_t kHints = 20;
  const auto known = known_.find(label);
  if (known != known_.end()) return known->second;
  if (known_.size() == kHints) return "";
  return known_[label] = did_you_mean(shorten_utf8(label, 60), names.names());
}

std::string separator_hint(std::string_view text, const LabelNames& names) {
  for (const char separator : kLabelSeparators) {
    const std::vector<std::string> parts = split(text, separator);
    const auto is_known = [&](const std::string& part) { return names.find(part).has_value(); };
    if (parts.size() > 1 && std::all_of(parts.begin(), parts.end(), is_known)) {
      return fmt::format("; set --label-separator {}", separator_name(separator));
    }
  }
  return "";
}

}  // namespace attune
