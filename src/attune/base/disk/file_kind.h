#pragma once

#include <sys/types.h>

#include <string_view>

#include "attune/base/files.h"

namespace attune {

/// What stands behind a path, for people: "a folder", "a FIFO (named pipe)", "a character device".
std::string_view file_kind(mode_t mode);

/// Where the links of a path lead.
struct FollowedPath {
  fs::path path;  ///< no link itself; need not be there
  /// The path is a name of a descriptor that this process has open (/dev/stdin, /dev/fd/63,
  /// /proc/self/fd/1): what it leads to has a name of its own, or none.
  bool is_descriptor = false;
};

/// Throws `io` for links that lead in a circle.
FollowedPath follow_links(const fs::path& path);

}  // namespace attune
