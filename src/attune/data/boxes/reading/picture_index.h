#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Pictures that files of labels belong to by their names.
class PictureIndex {
 public:
  /// Those under `root` (`find_pictures`).
  explicit PictureIndex(const fs::path& root);

  const std::vector<std::string>& pictures() const { return pictures_; }
  bool empty() const { return pictures_.empty(); }

  /// The picture that `labels`, a path below the same root, is of: the one of that name but for the
  /// ending ("a.xml" or "a.jpg.xml": "a.jpg"), and of several the one whose folders agree best with
  /// the labels' ("train/labels/a.txt": "train/images/a.jpg" rather than "val/images/a.jpg").
  /// Nothing where there is none. Throws `RowProblem` where two agree equally well.
  std::optional<std::size_t> find(const fs::path& labels) const;
  /// The picture that a text names, with or without its ending, in whatever folder; as `find`.
  std::optional<std::size_t> find_named(std::string_view name, const fs::path& labels) const;

 private:
  std::optional<std::size_t> best(const std::vector<std::size_t>& same,
                                  const fs::path& labels) const;
  std::optional<std::size_t> lookup(const std::string& key, const fs::path& labels) const;
  std::optional<std::size_t> in_usual_place(const std::string& key, const fs::path& labels) const;

  fs::path root_;
  std::vector<std::string> pictures_;
  /// By path without ending, and by name with and without.
  std::unordered_map<std::string, std::vector<std::size_t>> by_path_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_name_;
};

}  // namespace attune
