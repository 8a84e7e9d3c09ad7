#pragma once

#include <cstdlib>
#include <string>

#include "attune/base/files.h"

namespace attune {

/// For tests: a data set beside the project, which may not be there.
inline fs::path real_boxes(const std::string& name) {
  const char* shared = std::getenv("ATTUNE_SHARED");
  const fs::path root =
      shared != nullptr ? fs::path(shared) : fs::path(ATTUNE_SOURCE_DIR).parent_path() / "shared";
  return root / "data" / name;
}

}  // namespace attune
