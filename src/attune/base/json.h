#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "attune/base/files.h"

namespace attune {

/// Keeps the order of keys, so that what is read can be written back unchanged.
using Json = nlohmann::ordered_json;

/// Parses hostile text: rejects duplicate keys in an object, nesting deeper than 64 and invalid
/// UTF-8. Throws `data`: "SOURCE:LINE:COLUMN: what is wrong". Takes time linear in the text; but to
/// find one key in an object of many takes time linear in its size: go through such ones instead.
Json parse_json(std::string_view text, const std::string& source);

/// `parse_json` of a file of at most `max_bytes`.
Json read_json(const fs::path& path, std::uint64_t max_bytes = 256u << 20);

/// Two spaces of indentation and a newline at the end; invalid UTF-8 is replaced.
std::string dump_json(const Json& value);
/// On one line, without a newline.
std::string dump_json_line(const Json& value);

}  // namespace attune
