#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "attune/base/text/human.h"

namespace attune {

/// "1 text of test is", "1,204 texts of test are": `units` is a plural with an s
/// ("boxes": with es), `between` stands between it and the verb.
inline std::string counted(std::int64_t count, std::string_view units, std::string_view between,
                           std::string_view verb_of_one, std::string_view verb_of_many) {
  if (count == 1) units.remove_suffix(units.ends_with("xes") ? 2 : 1);
  return fmt::format("{} {}{} {}", with_thousands(count), units, between,
                     count == 1 ? verb_of_one : verb_of_many);
}

}  // namespace attune
