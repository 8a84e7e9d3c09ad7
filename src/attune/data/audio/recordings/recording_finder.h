#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Finds the recordings that the cells of a table name.
class RecordingFinder {
 public:
  /// `root` is a folder. A name may lack its ending (.wav, .flac, .mp3 ...). One without folders
  /// that is not in `root` itself is looked for in all folders under it (Common Voice: clips/),
  /// which are listed once, which is told.
  explicit RecordingFinder(fs::path root);

  /// The file under the root. Both / and \\ part folders. Throws `RowProblem` where the cell is
  /// empty, leaves the root, names a folder, several files of the root's folders or none; the
  /// message names the option that would help, where one does.
  std::string find(const std::string& cell);

 private:
  std::string find_below(const std::string& name);
  std::string hint(const std::string& relative);

  fs::path root_;
  bool has_advised_ = false;
  /// Recordings of the root's folders by name, with and without ending; those of one name together.
  std::optional<std::map<std::string, std::vector<std::string>, std::less<>>> files_;
};

/// What the paths of a table begin at: `root`, or the folder of `table`. Throws `user` where it is
/// no folder.
fs::path recording_root(const fs::path& table, const fs::path& root);

}  // namespace attune
