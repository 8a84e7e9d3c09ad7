#pragma once

#include <string_view>

namespace attune {

/// Whether `path`, taken from a file or a server, stays inside the folder it is joined to:
/// relative, not empty, no "." or ".." or empty component, no backslash, colon or control
/// character.
bool is_safe_relative_path(std::string_view path);

}  // namespace attune
