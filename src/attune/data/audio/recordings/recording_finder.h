#pragma once

#include "attune/data/file_finder.h"

namespace attune {

/// Finds the recordings that the cells of a table name, which may lack their endings (.wav, .flac,
/// .mp3 ...).
FileFinder recording_finder(fs::path root);

}  // namespace attune
