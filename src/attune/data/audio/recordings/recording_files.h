#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/files.h"

namespace attune {

/// Endings, in small letters, of recordings that are read (media/audio), the usual ones first.
std::span<const std::string_view> recording_endings();

/// Whether a file is a recording by its name, in any case.
bool is_recording_file(const fs::path& file);

/// The recordings under a folder, in the order of `files_below`. Throws as it does.
std::vector<std::string> find_recordings(const fs::path& root);

/// The recording of `folder` with this name and a usual ending, or, where `stem` has one already,
/// that; "": there is none.
std::string recording_named(const fs::path& folder, const std::string& stem);

}  // namespace attune
