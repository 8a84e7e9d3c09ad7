#pragma once

#include "attune/eval/report/page/section.h"
#include "attune/eval/report/sections/speech/transcripts.h"

namespace attune {

/// "Results": word and character error rates with intervals and kinds of errors, rates by length
/// and by speaker, and which characters were taken for which. Throws `internal` unless `rates` has
/// as many texts.
Section transcript_results_section(const TranscriptEvaluation& evaluation);

}  // namespace attune
