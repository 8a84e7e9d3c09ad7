#include "attune/data/boxes/reading/picture_root.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "attune/base/text/strings.h"
#include "attune/data/boxes/reading/found_boxes.h"
#include "attune/data/folder_files.h"

namespace attune {
namespace {

constexpr std::size_t kLookedNames = 16;

/// "train2017" of "instances_train2017.json".
std::string own_name(const fs::path& file) {
  std::string stem = file.stem().string();
  for (const std::string_view prefix : {"instances_", "lvis_v1_", "annotations_"}) {
    if (stem.starts_with(prefix)) stem.erase(0, prefix.size());
  }
  return stem;
}

bool has_any(const fs::path& folder, std::span<const std::string> names) {
  for (const std::string& name : names.first(std::min(kLookedNames, names.size()))) {
    const fs::path relative = fs::path(name).lexically_normal();
    if (relative.is_absolute() || relative.empty() || *relative.begin() == "..") continue;
    std::error_code ignored;
    if (fs::is_regular_file(folder / relative, ignored)) return true;
  }
  return false;
}

}  // namespace

fs::path picture_root(const fs::path& file, std::span<const std::string> names) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const fs::path whole = fs::absolute(folder).lexically_normal();
  const std::string name =
      to_lower_ascii((whole.has_filename() ? whole : whole.parent_path()).filename().string());
  const bool is_beside = name == "annotations" || name == "labels" || name == "data";
  const fs::path base = is_beside ? (folder / "..").lexically_normal() : folder;
  std::vector<fs::path> places = {folder, base};
  for (const fs::path& above : {folder / "images", base / "images"}) places.push_back(above);
  for (const fs::path& above : {base, base / "images"}) {
    places.push_back(above / own_name(file));
    std::error_code ignored;
    const GivenSplit split = split_of_name(file.stem().string());
    if (split == GivenSplit::none || !fs::is_directory(above, ignored)) continue;
    for (const fs::path& inner : folders_in(above)) {
      if (split_of_name(inner.filename().string()) == split) places.push_back(inner);
    }
  }
  const auto found =
      std::ranges::find_if(places, [&](const fs::path& place) { return has_any(place, names); });
  return found == places.end() ? base : *found;
}

}  // namespace attune
