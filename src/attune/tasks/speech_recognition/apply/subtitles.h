#pragma once

#include <span>
#include <string>

#include "attune/media/text/subtitles/cues.h"

namespace attune {

/// Whether answers go to a file of subtitles by its ending: .srt, .vtt.
bool is_subtitle_file(const std::string& file);

/// Writes what was said in one recording as subtitles, complete or not at all. Throws `io`.
void write_subtitles(const std::string& file, std::span<const SpokenWord> words);

}  // namespace attune
