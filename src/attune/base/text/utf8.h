#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace attune {

/// Byte offset of the first ill-formed UTF-8 sequence (overlong forms, surrogates and values above
/// U+10FFFF count as ill-formed; Unicode 15, table 3-7), or nothing.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// Decodes the code point at `position` and moves `position` behind it. Requires well-formed text
/// and `position < text.size()`.
char32_t next_code_point(std::string_view text, std::size_t& position);

/// Appends `code_point` in UTF-8. Requires a Unicode scalar value.
void append_utf8(std::string& text, char32_t code_point);

/// Number of code points of well-formed text.
std::size_t utf8_length(std::string_view text);

/// At most `max_code_points` of well-formed text, "..." behind it where something was cut.
std::string shorten_utf8(std::string_view text, std::size_t max_code_points);

}  // namespace attune
