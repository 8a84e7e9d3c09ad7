#pragma once

#include <span>
#include <string>

#include "attune/media/text/subtitles/cues.h"

namespace attune {

enum class SubtitleFormat {
  srt,  ///< SubRip
  vtt,  ///< WebVTT (W3C)
};

/// A whole file of subtitles. Times are rounded to milliseconds, and so that cues do not overlap
/// and last a millisecond at least. In WebVTT `&`, `<` and `>` are escaped; SubRip has no escapes,
/// and players take `<` for markup. Throws `user` where a cue has no time from 0 on, or cues
/// overlap.
std::string subtitle_file(std::span<const Cue> cues, SubtitleFormat format);

}  // namespace attune
