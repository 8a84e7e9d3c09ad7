#pragma once

#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/found_clips.h"

namespace attune {

/// Whether a folder has a wav.scp.
bool is_kaldi(const fs::path& folder);

/// wav.scp with "ID PATH", text with "ID WORDS", segments with "ID RECORDING BEGIN END", utt2spk
/// with "ID SPEAKER"; the latter two may be missing. Paths begin at `root` of the options ("": the
/// folder). A clip has a `problem` where its ID or recording is missing. Throws `data` where
/// wav.scp holds a command ("... |"), for what a file says is not run, and for lines of wav.scp
/// and segments that are none.
FoundClips read_kaldi(const fs::path& folder, const AudioTableOptions& options);

}  // namespace attune
