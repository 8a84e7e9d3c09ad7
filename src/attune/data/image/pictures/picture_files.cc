#include "attune/data/image/pictures/picture_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "attune/base/text/strings.h"
#include "attune/data/folder_files.h"
#include "attune/media/medical/dicom/dicom.h"
#include "attune/media/picture_format.h"

namespace attune {
namespace {

bool begins_as_dicom(const fs::path& file) {
  std::error_code ignored;
  // A FIFO would be waited for.
  if (!fs::is_regular_file(file, ignored)) return false;
  // The preamble of 128 bytes, "DICM", and a byte of what follows.
  std::array<char, 133> bytes = {};
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), bytes.size());
  return looks_like_dicom(
      std::as_bytes(std::span(bytes.data(), static_cast<std::size_t>(stream.gcount()))));
}

}  // namespace

bool is_picture_file(const fs::path& file) {
  const std::string name = to_lower_ascii(file.filename().string());
  const auto endings = picture_endings();
  const auto is_end = [&](std::string_view ending) { return name.ends_with(ending); };
  if (std::any_of(endings.begin(), endings.end(), is_end)) return true;
  const std::size_t dot = name.rfind('.');
  const bool may_be_dicom = dot == name.npos
                                ? name != "dicomdir"
                                : name.find_first_not_of("0123456789", dot + 1) == name.npos;
  return may_be_dicom && begins_as_dicom(file);
}

std::string not_a_folder(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    return fmt::format(
        "{} is a file, expected a folder; a table is given as --manifest, an .npz "
        "as --data-file",
        path.string());
  }
  if (fs::is_symlink(path, ignored)) {
    return fmt::format("{} is a link to nothing, expected a folder; it leads to {}", path.string(),
                       fs::read_symlink(path, ignored).string());
  }
  return fmt::format("{}: there is no such folder", path.string());
}

FoundPictures find_pictures(const fs::path& root) {
  FoundPictures found;
  for (std::string& path : files_below(root)) {
    (is_picture_file(path) ? found.pictures : found.left_out).push_back(std::move(path));
  }
  return found;
}

}  // namespace attune
