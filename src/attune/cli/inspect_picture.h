#pragma once

#include "attune/base/files.h"
#include "attune/base/json.h"

namespace attune::cli {

/// Whether a file is a picture (DICOM, NIfTI or an image format), by its content, or says so by its
/// name.
bool is_picture(const fs::path& path);

/// What a picture is: format or transfer syntax, size, bits, and the SHA-256 of its decoded values
/// (8 bits: uint8, else int32, little-endian, row by row, channels interleaved, frame by frame; as
/// stored: not turned by an orientation, no window). Throws `data` where it cannot be decoded.
Json describe_picture(const fs::path& path);

/// The same for people.
std::string picture_text(const Json& picture);

}  // namespace attune::cli
