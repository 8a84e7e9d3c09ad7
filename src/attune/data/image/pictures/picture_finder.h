#pragma once

#include <string>

#include "attune/data/file_finder.h"

namespace attune {

/// Finds the pictures that the cells of a table name; `suffix` is put behind names that lack it
/// ("": nothing).
FileFinder picture_finder(fs::path root, std::string suffix);

}  // namespace attune
