#pragma once

#include <cstdint>

namespace attune {

/// Id of the extra field that holds sizes of 64 bits (APPNOTE.TXT 6.3.10, section 4.5.3).
inline constexpr std::uint16_t kExtra64 = 1;

}  // namespace attune
