#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/base/files.h"

namespace attune {

// The one way in which folders are searched for pictures, by whatever verb.

/// Whether a file is a picture by its name: it ends, in any case, as a picture's does
/// (`picture_endings`); or it has no ending, or a number (of a UID) for one, and begins as a DICOM
/// file does, which often come so. DICOMDIR, which lists the files of a medium, is none.
bool is_picture_file(const fs::path& file);

/// The folders directly in `root`, links to folders too, by name. Hidden ones (".git",
/// ".ipynb_checkpoints") and "__MACOSX", which archives bring, do not count. Throws `io` where
/// `root` cannot be listed.
std::vector<fs::path> folders_in(const fs::path& root);

/// What is at `path`, which is no folder, for a message: nothing, a file, a link to nothing.
std::string not_a_folder(const fs::path& path);

struct FoundPictures {
  /// In torchvision's order: sorted(os.walk(...)), then the names of each folder.
  std::vector<std::string> pictures;
  std::vector<std::string> left_out;  ///< other files that are not hidden
};

/// The files under `root`, at any depth. Links are followed, each folder is entered once, so that
/// links that lead back end; hidden entries do not count, as in `folders_in`, but `root` itself may
/// be hidden. Throws `io` where a folder cannot be listed, `data` where they nest deeper than 32.
FoundPictures find_pictures(const fs::path& root);

/// What was left out, counted by ending, most first: "12 .heic, 1 .db, 1 without ending".
std::string count_endings(std::span<const std::string> files);

}  // namespace attune
