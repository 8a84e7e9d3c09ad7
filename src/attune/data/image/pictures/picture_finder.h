#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Finds the files that the cells of a table name.
class PictureFinder {
 public:
  /// `root` is a folder; `suffix` is put behind names that lack it ("": nothing). A name without
  /// folders that is not in `root` itself is looked for in all folders under it, as data sets in
  /// several parts need (HAM10000, ChestX-ray14); it is listed once, which is told.
  PictureFinder(fs::path root, std::string suffix);

  /// The file under the root. Both / and \\ part folders. Throws `RowProblem` where the cell is
  /// empty, leaves the root, names a folder, several files of the root's folders or none; the
  /// message names the option that would help, where one does.
  std::string find(const std::string& cell);

 private:
  std::string find_below(const std::string& name);
  std::string hint(const std::string& relative);

  fs::path root_;
  std::string suffix_;
  bool has_advised_ = false;
  /// Files of the root's folders by name; those of one name together.
  std::optional<std::map<std::string, std::vector<std::string>, std::less<>>> files_;
};

}  // namespace attune
