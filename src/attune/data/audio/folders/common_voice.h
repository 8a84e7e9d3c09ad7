#pragma once

#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/found_clips.h"

namespace attune {

/// Whether a folder has train.tsv or validated.tsv, and clips/.
bool is_common_voice(const fs::path& folder);

/// train.tsv, dev.tsv and test.tsv are its parts; without train.tsv all of validated.tsv is read.
/// Throws as `read_audio_table`.
FoundClips read_common_voice(const fs::path& folder, const AudioTableOptions& options);

}  // namespace attune
