#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

class FileFinder;

/// What is looked for, and how its names in tables may differ from those of its files.
struct SoughtFiles {
  std::string one, many;  ///< "recording", "recordings"
  std::string suffix;     ///< put behind names that lack it
  /// The files under a folder.
  std::function<std::vector<std::string>(const fs::path& root)> list;
  /// The file of a path whose name lacks an ending, or ""; empty: names are whole.
  std::function<std::string(const fs::path& path)> without_ending;
  /// The rest of a message where something near `relative` is there, or ""; may be empty.
  std::function<std::string(const FileFinder& files, const std::string& relative)> near;
  std::string advice;  ///< ends the first message: "; --root says ..."
};

/// Finds the files that the cells of a table name.
class FileFinder {
 public:
  /// `root` is a folder. A name without folders that is not in `root` itself is looked for in all
  /// folders under it, as data sets in several parts need (Common Voice, HAM10000), which are
  /// listed once, which is told. A name may be in Unicode's form C or D, whatever the file's is in:
  /// file systems of macOS write D.
  FileFinder(fs::path root, SoughtFiles sought);

  /// The file under the root. Both / and \\ part folders. Throws `RowProblem` where the cell is
  /// empty, leaves the root, names a folder, several files of the root's folders or none; the
  /// message names the option that would help, where one does.
  std::string find(const std::string& cell);

  /// Whether a file lies at this path under the root, or has this name in the folders that were
  /// listed.
  bool has(const std::string& relative) const;
  const fs::path& root() const { return root_; }

 private:
  /// As people write it: "a.wav", not "./a.wav".
  fs::path place_of(const fs::path& relative) const;
  std::string find_there(const fs::path& relative) const;
  std::string find_below(const std::string& name);
  std::string hint(const std::string& relative);

  fs::path root_;
  SoughtFiles sought_;
  bool has_advised_ = false;
  /// Files of the root's folders by name (and name without ending), in form C; those of one name
  /// together.
  std::optional<std::map<std::string, std::vector<std::string>, std::less<>>> files_;
};

/// What the paths of a table begin at: `root`, or the folder of `table`. Throws `user` where it is
/// no folder.
fs::path table_root(const fs::path& table, const fs::path& root);

}  // namespace attune
