#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/data/boxes/box_dataset.h"
#include "attune/data/labels/labels.h"

namespace attune {

/// What coordinates of boxes count in.
enum class BoxUnit { pixels, fractions };

constexpr auto enum_names(BoxUnit) {
  return std::to_array<std::pair<BoxUnit, std::string_view>>(
      {{BoxUnit::pixels, "pixels"}, {BoxUnit::fractions, "fractions"}});
}

/// A picture as labels describe it, before anybody has looked at its file.
struct FoundPicture {
  BoxExample example;  ///< boxes as the labels have them; class ids by `FoundBoxes::classes`
  std::optional<Size> stated;  ///< of the picture, by its labels
  /// Some of its labels cannot be used, which `FoundBoxes::bad_rows` tells: nobody knows what else
  /// is in it.
  bool is_bad = false;
};

/// What a reader of labels has found.
struct FoundBoxes {
  std::vector<FoundPicture> pictures;
  LabelNames classes;
  bool is_ordered = false;  ///< the ids of classes are the labels' own; else the names are sorted
  std::vector<std::int64_t> category_ids;  ///< COCO's, by class
  BoxUnit unit = BoxUnit::pixels;
  BoxPlace place = BoxPlace::line;
  std::vector<std::string> files;
  std::vector<BadRow> bad_rows;
  std::vector<std::string> unlabelled;  ///< pictures whose labels are not there, left out
  std::vector<std::string> orphans;     ///< files of labels without a picture

  /// The index of a file of labels, which is added.
  std::int32_t add_file(std::string name);
  /// Adds a box of a picture.
  static void add_box(BoxExample& picture, const LabelledBox& box, std::int64_t place) {
    picture.boxes.push_back(box);
    picture.places.push_back(place);
  }
  /// Takes in what another reader found; classes are the same where their names are.
  void add(FoundBoxes other);
};

/// The part that the folders of `file` below `root` say by their names ("train", "val2017"): that
/// of the innermost which says one.
GivenSplit split_of_folders(const fs::path& file, const fs::path& root);

/// The part that a name begins with or ends in, as words or letters: "train", "instances_val2017".
GivenSplit split_of_name(std::string_view name);

/// Throws `data`, naming some, where only a part of the pictures was given to a part: who says it
/// of some pictures must say it of all.
void check_all_split(const FoundBoxes& found, const std::string& name);

}  // namespace attune
