#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "attune/base/files.h"

namespace attune {

/// Keeps the order of keys, so that what is read can be written back unchanged.
using Json = nlohmann::ordered_json;

/// Parses hostile text: rejects duplicate keys in an object, nesting deeper than 64 and invalid
/// UTF-8. Throws `data`: "SOURCE:LINE:COLUMN: what is wrong".
Json parse_json(std::string_view text, const std::string& source);

/// One large flat object of a document, e.g. the vocabulary at {"model", "vocab"}: a `Json` object
/// finds a key in time linear in its size, so that building one of 30,000 members takes seconds.
struct JsonTable {
  std::vector<std::string> path;                      ///< in: the keys that lead to the object
  std::vector<std::pair<std::string, Json>> members;  ///< out: its members, in order
};

/// As `parse_json`, but the object at `table.path` stays empty in the result and its members, which
/// must not be objects or arrays, go to `table.members`.
Json parse_json(std::string_view text, const std::string& source, JsonTable& table);

/// `parse_json` of a file of at most `max_bytes`.
Json read_json(const fs::path& path, std::uint64_t max_bytes = 256u << 20);

/// Two spaces of indentation and a newline at the end; invalid UTF-8 is replaced.
std::string dump_json(const Json& value);
/// On one line, without a newline.
std::string dump_json_line(const Json& value);

}  // namespace attune
