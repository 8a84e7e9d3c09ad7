#pragma once

#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

// The one way in which folders are searched for pictures, by whatever verb.

/// Whether a file is a picture by its name: it ends, in any case, as a picture's does
/// (`picture_endings`); or it has no ending, or a number (of a UID) for one, and begins as a DICOM
/// file does, which often come so. DICOMDIR, which lists the files of a medium, is none.
bool is_picture_file(const fs::path& file);

/// What is at `path`, which is no folder, for a message: nothing, a file, a link to nothing.
std::string not_a_folder(const fs::path& path);

struct FoundPictures {
  /// In torchvision's order: sorted(os.walk(...)), then the names of each folder.
  std::vector<std::string> pictures;
  std::vector<std::string> left_out;  ///< other files that are not hidden
};

/// The files under `root` (`files_below`).
FoundPictures find_pictures(const fs::path& root);

}  // namespace attune
