#include "attune/data/boxes/reading/picture_index.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attune/data/image/pictures/picture_files.h"
#include "attune/data/labels/label_reader.h"

namespace attune {
namespace {

std::vector<std::string> folders_of(const fs::path& file, const fs::path& root) {
  std::vector<std::string> folders;
  for (const fs::path& folder : file.parent_path().lexically_relative(root)) {
    folders.push_back(folder.string());
  }
  return folders;
}

/// How many folders agree from the root on, and how many from the file on.
std::size_t agreement(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::size_t least = std::min(a.size(), b.size());
  std::size_t front = 0, back = 0;
  while (front < least && a[front] == b[front]) ++front;
  while (back < least - front && a[a.size() - 1 - back] == b[b.size() - 1 - back]) ++back;
  return front + back;
}

}  // namespace

PictureIndex::PictureIndex(const fs::path& root)
    : root_(root), pictures_(find_pictures(root).pictures) {
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    const fs::path name = fs::path(pictures_[i]).filename();
    by_name_[name.string()].push_back(i);
    by_name_[name.stem().string()].push_back(i);
    by_path_[fs::path(pictures_[i]).replace_extension().string()].push_back(i);
  }
}

std::optional<std::size_t> PictureIndex::find(const fs::path& labels) const {
  return lookup(labels.stem().string(), labels);
}

std::optional<std::size_t> PictureIndex::find_named(std::string_view name,
                                                    const fs::path& labels) const {
  // Paths of the machine that a picture was labelled on, perhaps a Windows one.
  const std::size_t slash = name.find_last_of("/\\");
  const fs::path file = name.substr(slash == name.npos ? 0 : slash + 1);
  if (const auto found = lookup(file.string(), labels)) return found;
  return file.has_stem() ? lookup(file.stem().string(), labels) : std::nullopt;
}

std::optional<std::size_t> PictureIndex::lookup(const std::string& key,
                                                const fs::path& labels) const {
  if (const auto usual = in_usual_place(key, labels)) return usual;
  const auto found = by_name_.find(key);
  return found == by_name_.end() ? std::nullopt : best(found->second, labels);
}

/// In the labels' own folder, or in that of the pictures beside it. Sequences of frames have the
/// same names in a thousand folders, of which `best` would compare each with each.
std::optional<std::size_t> PictureIndex::in_usual_place(const std::string& key,
                                                        const fs::path& labels) const {
  const auto in = [&](const fs::path& folder) -> std::optional<std::size_t> {
    const auto found = by_path_.find((folder / key).string());
    if (found == by_path_.end() || found->second.size() > 1) return std::nullopt;
    return found->second.front();
  };
  const fs::path folder = labels.parent_path();
  if (const auto found = in(folder)) return found;
  const std::vector<fs::path> parts(folder.begin(), folder.end());
  for (const char* const of_labels : {"labels", "annotations", "Annotations"}) {
    const auto last = std::find(parts.rbegin(), parts.rend(), of_labels);
    if (last == parts.rend()) continue;
    for (const char* const of_pictures : {"images", "JPEGImages"}) {
      fs::path beside;
      for (auto part = parts.begin(); part != parts.end(); ++part) {
        beside /= part == last.base() - 1 ? fs::path(of_pictures) : *part;
      }
      if (const auto found = in(beside)) return found;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> PictureIndex::best(const std::vector<std::size_t>& same,
                                              const fs::path& labels) const {
  if (same.size() == 1) return same.front();
  const std::vector<std::string> folders = folders_of(labels, root_);
  // (agreement, index), the best and the one next to it.
  std::pair<std::size_t, std::size_t> first{0, same[0]}, second{0, same[0]};
  bool is_tie = false;
  for (std::size_t i = 0; i < same.size(); ++i) {
    const std::size_t agrees = agreement(folders, folders_of(pictures_[same[i]], root_));
    if (i == 0 || agrees > first.first) {
      first = {agrees, same[i]};
      is_tie = false;
    } else if (agrees == first.first) {
      second = {agrees, same[i]};
      is_tie = true;
    }
  }
  if (is_tie) {
    throw RowProblem{fmt::format("two pictures have its name, {} and {}: keep or rename one",
                                 pictures_[first.second], pictures_[second.second])};
  }
  return first.second;
}

}  // namespace attune
