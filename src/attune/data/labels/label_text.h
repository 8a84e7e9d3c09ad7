#pragma once

#include <span>
#include <string>
#include <string_view>

namespace attune {

/// White space and what no font shows: control characters, soft hyphens, zero-width and direction
/// marks, byte order marks.
bool is_blank(char32_t c);
/// Whether there is nothing else in `text`: a text, label or group is empty then. False for what is
/// no UTF-8.
bool is_blank_text(std::string_view text);

/// `text` as labels and groups are compared: in normal form C, without blanks of any kind around it
/// (`is_blank`). Requires UTF-8.
std::string label_key(std::string_view text);

/// Whether pandas reads a cell of this text as missing (the list of `read_csv`, `keep_default_na`):
/// NA, N/A, nan, None, null, <NA> and so on. "" is none of them.
bool means_missing(std::string_view key);

/// The same for names that one takes for the same: without case and blanks.
std::string lookalike_key(std::string_view name);

/// Warns, once for `source`, of names that differ in nothing but case and blanks: what one typed in
/// two ways is two classes or two groups. `kind`: "labels".
void warn_of_lookalikes(std::span<const std::string> names, const std::string& source,
                        std::string_view kind);

}  // namespace attune
