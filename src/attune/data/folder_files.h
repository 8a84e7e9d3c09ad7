#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

// The one way in which folders are searched for data, of whatever kind.

/// The folders directly in `root`, links to folders too, by name. Hidden ones (".git",
/// ".ipynb_checkpoints") and "__MACOSX", which archives bring, do not count. Throws `io` where
/// `root` cannot be listed.
std::vector<fs::path> folders_in(const fs::path& root);

/// The files under `root`, at any depth, in torchvision's order: sorted(os.walk(...)), then the
/// names of each folder. Links are followed, each folder is entered once, so that links that lead
/// back end; hidden entries do not count, as in `folders_in`, but `root` itself may be hidden.
/// Throws `io` where a folder cannot be listed, `data` where they nest deeper than 32.
std::vector<std::string> files_below(const fs::path& root);

/// Files, counted by ending, most first: "12 .heic, 1 .db, 1 without ending".
std::string count_endings(std::span<const std::string> files);

}  // namespace attune
