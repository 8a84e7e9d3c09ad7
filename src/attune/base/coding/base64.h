#pragma once

#include <string>
#include <string_view>

namespace attune {

/// Base64 with the alphabet and padding of RFC 4648, section 4, without line breaks.
std::string base64_encode(std::string_view bytes);

}  // namespace attune
