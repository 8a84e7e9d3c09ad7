#include "attune/data/image/pictures/picture_finder.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/base/log.h"
#include "attune/base/text/human.h"
#include "attune/base/text/strings.h"
#include "attune/base/text/utf8.h"
#include "attune/data/image/pictures/picture_files.h"
#include "attune/data/labels/label_reader.h"

namespace attune {
namespace {

/// What a file's name may lack, in the order in which it is tried.
constexpr std::array<std::string_view, 8> kUsualSuffixes = {".png",  ".jpg", ".jpeg", ".dcm",
                                                            ".tiff", ".tif", ".webp", ".nii.gz"};
constexpr int kParents = 3;  // folders above the root that a hint may name

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

PictureFinder::PictureFinder(fs::path root, std::string suffix)
    : root_(std::move(root)), suffix_(std::move(suffix)) {}

std::string PictureFinder::find(const std::string& cell) {
  if (trim(cell).empty()) throw RowProblem{"the path is empty"};
  std::string text = cell;
  if (!text.ends_with(suffix_)) text += suffix_;
  // Windows writes \\ between folders; here it is a character of a name, which hardly any file has.
  if (text.find('\\') != std::string::npos && !is_file(root_ / fs::path(text).relative_path())) {
    std::replace(text.begin(), text.end(), '\\', '/');
  }
  // Tables come from elsewhere: a path must not name a file outside of the root that the user gave.
  fs::path relative = fs::path(text).lexically_normal();
  if (relative.is_absolute()) {
    relative = relative.lexically_relative(fs::absolute(root_).lexically_normal());
  }
  if (relative.empty() || *relative.begin() == ".." || text.find('\0') != std::string::npos) {
    throw RowProblem{
        fmt::format("the path \"{}\" leaves the folder {}; give the folder that all "
                    "pictures are in as --root",
                    shorten_utf8(cell, 200), root_.string())};
  }
  const fs::path path = root_ / relative;
  if (is_file(path)) return path.string();
  if (!relative.has_parent_path()) {
    if (std::string found = find_below(relative.string()); !found.empty()) return found;
  }
  throw RowProblem{
      fmt::format("there is no file {}{}", path.string(), hint(relative.generic_string()))};
}

std::string PictureFinder::find_below(const std::string& name) {
  if (!files_) {
    files_.emplace();
    const FoundPictures found = find_pictures(root_);
    for (const std::string& file : found.pictures) {
      (*files_)[fs::path(file).filename().string()].push_back(file);
    }
    log_info("names that are not in {} itself are looked for among the {} pictures of its folders",
             root_.string(), with_thousands(static_cast<long long>(found.pictures.size())));
  }
  const auto found = files_->find(name);
  if (found == files_->end()) return "";
  if (found->second.size() > 1) {
    throw RowProblem{
        fmt::format("several files are named {}, {} and {}: name the folder too in the table", name,
                    found->second[0], found->second[1])};
  }
  return found->second.front();
}

/// Where something near is there.
std::string PictureFinder::hint(const std::string& relative) {
  const fs::path path = root_ / relative;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return ", but a folder; the table must have a row for each picture in it";
  }
  for (const std::string_view suffix : kUsualSuffixes) {
    const std::string whole = relative + std::string(suffix);
    if (!is_file(root_ / whole) && !(files_ && files_->contains(whole))) continue;
    return fmt::format(", but one with {} behind it: set --image-suffix {}", suffix, suffix);
  }
  const fs::path dotted =
      root_ / (relative.substr(0, relative.size() - suffix_.size()) + "." + suffix_);
  if (!suffix_.empty() && !suffix_.starts_with('.') && is_file(dotted)) {
    return fmt::format(", but one with a dot: set --image-suffix .{}", suffix_);
  }
  fs::path root = fs::absolute(root_).lexically_normal();
  if (!root.has_filename()) root = root.parent_path();  // "a/" is "a"
  for (int i = 0; i < kParents && root.has_parent_path() && root != root.parent_path(); ++i) {
    root = root.parent_path();
    if (is_file(root / relative)) {
      return fmt::format(", but {}: set --root {}", (root / relative).string(), root.string());
    }
  }
  // Once: a table with one wrong name has thousands most often.
  if (std::exchange(has_advised_, true)) return "";
  return "; --root says in which folder the names begin, --image-suffix what ending they lack";
}

}  // namespace attune
