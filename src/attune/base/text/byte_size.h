#pragma once

#include <cstdint>
#include <string_view>

namespace attune {

/// "512MiB", "2 GiB", "1.5GB", "1000" (bytes); units without "i" are powers of 1000. Throws `user`.
std::int64_t parse_byte_size(std::string_view text);

}  // namespace attune
