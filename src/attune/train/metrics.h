#pragma once

#include <string>
#include <utility>
#include <vector>

namespace attune {

/// Named numbers, in the order they are shown.
using Metrics = std::vector<std::pair<std::string, double>>;

}  // namespace attune
