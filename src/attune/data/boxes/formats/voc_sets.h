#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "attune/base/files.h"
#include "attune/data/bad_rows.h"
#include "attune/data/split/given_split.h"

namespace attune {

/// The lists of names in ImageSets/Main of VOC data sets, of which a folder may hold several
/// (VOC2007, VOC2012).
class VocSets {
 public:
  /// Whether the lists beside an annotation's folder name it; true where there are none. Throws
  /// `data` where two lists name the same one, trainval aside.
  bool is_wanted(const fs::path& annotation);
  /// The part of an annotation that is wanted.
  GivenSplit split_of(const fs::path& annotation);
  /// Whether no lists were found.
  bool empty() const { return !has_lists_; }
  /// Names without an annotation, each with its line.
  std::vector<BadRow> take_bad_rows() const;
  /// Tells how many annotations no list names.
  void tell() const;

 private:
  struct Name {
    GivenSplit split;
    std::string file;
    std::int64_t line;
    bool is_used = false;
  };
  /// Of the folder that holds Annotations, ImageSets and JPEGImages.
  using Names = std::map<std::string, Name, std::less<>>;

  Names& names_of(const fs::path& annotation);
  static void read_list(const fs::path& file, GivenSplit split, bool may_repeat, Names& names);

  std::map<fs::path, Names> by_folder_;
  bool has_lists_ = false;
  std::int64_t not_named_ = 0;
};

}  // namespace attune
