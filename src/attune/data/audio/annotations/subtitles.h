#pragma once

#include <string>
#include <string_view>

#include "attune/data/audio/annotations/annotation.h"

namespace attune {

/// Subtitles in UTF-8: SubRip, or WebVTT where they begin with that word
/// (https://www.w3.org/TR/webvtt1/). Tags (<i>, {\an8}) are taken out, WebVTT's escapes are
/// resolved, its voice (<v Ann>) is the speaker. Lines of one cue are joined by a blank. What is
/// written for readers only ("[music]") stays. One tier, named "". Throws `data`, "NAME:LINE: ...",
/// for a cue without right times.
Annotation parse_subtitles(std::string_view text, const std::string& name);

}  // namespace attune
