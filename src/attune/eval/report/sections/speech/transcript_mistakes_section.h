#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "attune/eval/report/page/section.h"
#include "attune/eval/report/sections/speech/transcripts.h"

namespace attune {

/// "Mistakes": recordings with the most wrong words, said above heard, to be listened to where the
/// page has their sound. None where every word is right. Throws `internal` where a URI is none of a
/// sound inside the page.
std::optional<Section> transcript_mistakes_section(const TranscriptEvaluation& evaluation,
                                                   std::size_t limit = 20);

}  // namespace attune
