#pragma once

#include <string_view>
#include <vector>

#include "attune/base/files.h"

namespace attune {

// What is written and not yet whole has a hidden name, `.NAME.attune-tmp-PID-N` in the folder of
// NAME, and a lock (flock) for as long as its writer lives. This is the only place that makes such
// names, and the only one that removes what killed processes have left under them.

/// A hidden name beside `target` that no other process or thread uses. In the same folder:
/// rename(2) is atomic only within one file system.
fs::path temporary_name(const fs::path& target);

/// A new file or folder under such a name.
struct Temporary {
  fs::path path;
  int descriptor;  ///< holds the lock; of a file it is open for reading and writing
};

/// Throws `io`, naming `target`. Leftovers of `target` are removed before.
Temporary create_temporary_file(const fs::path& target);
Temporary create_temporary_folder(const fs::path& target);

/// Removes what dead processes have left in `folder`: everything under such names, or that of
/// `target` alone. Names that do not have this form stay. Returns what was removed. Never throws:
/// what cannot be removed stays.
std::vector<fs::path> remove_leftovers(const fs::path& folder, std::string_view target = {});

/// The folder for files that are gone when the process ends: as TMPDIR says, else /tmp. It need not
/// be there.
fs::path temporary_folder();

}  // namespace attune
