#pragma once

#include <span>
#include <string>

#include "attune/data/audio/audio_manifest.h"
#include "attune/data/audio/found_clips.h"

namespace attune {

/// Whether any *.trans.txt is among `files`.
bool is_librispeech(std::span<const std::string> files);

/// The lines "ID WORDS" of every *.trans.txt, whose recordings are beside it. The speaker is what
/// is before the first hyphen of an ID. A clip has a `problem` where its recording is missing.
FoundClips read_librispeech(std::span<const std::string> files, const AudioTableOptions& options);

}  // namespace attune
