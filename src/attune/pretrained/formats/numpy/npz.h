#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "attune/base/files.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

// NumPy's files: `.npy` (one array) and `.npz` (a ZIP archive of them, stored or deflated), as
// numpy/lib/format.py describes them, versions 1 to 3. Arrays of booleans, integers and floats,
// in C or Fortran order, of either byte order; the result is in C order and little-endian.
// Throw `io` where the file cannot be read, `data` (naming file and array) where it is damaged or
// holds objects, structures, texts, dates or complex numbers.

/// Arrays under their names in the archive, in its order, without ".npy".
CheckpointFile read_npz(const fs::path& path);
/// The same of bytes in memory, which must outlive the result. `source` is for messages.
CheckpointFile parse_npz(std::span<const std::byte> bytes, const std::string& source);

/// The one array, under the file's name without ".npy".
CheckpointFile read_npy(const fs::path& path);

}  // namespace attune
