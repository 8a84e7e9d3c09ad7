#pragma once

#include <string>

#include "attune/base/files.h"
#include "attune/media/image/image.h"

namespace attune {

/// What the beginning of a picture's file says of it.
struct PictureHeader {
  Size stored, shown;   ///< before and after the EXIF orientation is applied
  int orientation = 1;  ///< as EXIF counts, 1..8
  std::string problem;  ///< why the file is no picture that can be decoded, or ""
};

/// Reads no more of a file than its header needs, and decodes nothing but NIfTI volumes. Never
/// throws for a file that is no picture.
PictureHeader read_picture_header(const fs::path& path);

}  // namespace attune
