#pragma once

#include <string>

#include "attune/base/json.h"

namespace attune {

/// Whether answers go to a file of subtitles by its ending: .srt, .vtt.
bool is_subtitle_file(const std::string& file);

/// Writes what was said in one recording, an answer of SpeechPredictor with words, as subtitles:
/// complete or not at all. Throws `io`.
void write_subtitles(const std::string& file, const Json& answer);

}  // namespace attune
