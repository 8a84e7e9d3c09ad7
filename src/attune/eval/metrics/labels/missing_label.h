#pragma once

#include <cstdint>

namespace attune {

/// In an indicator vector of 0 and 1: nobody gave this label, it takes no part in metrics.
inline constexpr std::uint8_t kMissingLabel = 255;

}  // namespace attune
