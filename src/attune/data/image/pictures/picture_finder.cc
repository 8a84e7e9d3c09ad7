#include "attune/data/image/pictures/picture_finder.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/data/image/pictures/picture_files.h"

namespace attune {
namespace {

/// What a file's name may lack, in the order in which it is tried.
constexpr std::array<std::string_view, 8> kUsualSuffixes = {".png",  ".jpg", ".jpeg", ".dcm",
                                                            ".tiff", ".tif", ".webp", ".nii.gz"};

/// The suffix that would lead to a picture.
std::string suffix_hint(const FileFinder& files, const std::string& relative,
                        const std::string& suffix) {
  for (const std::string_view usual : kUsualSuffixes) {
    if (!files.has(relative + std::string(usual))) continue;
    return fmt::format(", but one with {} behind it: set --image-suffix {}", usual, usual);
  }
  if (suffix.empty() || suffix.starts_with('.')) return "";
  const std::string dotted = relative.substr(0, relative.size() - suffix.size()) + "." + suffix;
  return files.has(dotted) ? fmt::format(", but one with a dot: set --image-suffix .{}", suffix)
                           : "";
}

}  // namespace

FileFinder picture_finder(fs::path root, std::string suffix) {
  const auto near = [suffix](const FileFinder& files, const std::string& relative) {
    return suffix_hint(files, relative, suffix);
  };
  return {std::move(root),
          {.one = "picture",
           .many = "pictures",
           .suffix = std::move(suffix),
           .list = [](const fs::path& folder) { return find_pictures(folder).pictures; },
           .without_ending = {},
           .near = near,
           .advice = "; --root says in which folder the names begin, --image-suffix what ending "
                     "they lack"}};
}

}  // namespace attune
