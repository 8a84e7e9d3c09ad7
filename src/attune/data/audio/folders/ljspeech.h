#pragma once

#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/found_clips.h"

namespace attune {

/// Whether a file is a metadata.csv whose lines are parted by bars, without a header of usual
/// columns.
bool is_ljspeech_table(const fs::path& table);

/// Lines id|text or id|text|normalised text, of which the last that is not empty counts. Recordings
/// are in wavs/ beside the table, or beside it. A clip has a `problem` where there is none.
FoundClips read_ljspeech(const fs::path& table, const AudioTableOptions& options);

}  // namespace attune
