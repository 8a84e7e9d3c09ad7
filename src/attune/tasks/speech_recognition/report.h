#pragma once

#include <cstdint>
#include <string>

#include "attune/data/audio/audio_parts.h"
#include "attune/eval/report/page/page.h"
#include "attune/eval/report/sections/run/data_section.h"
#include "attune/tasks/run/fine_tuning.h"
#include "attune/tasks/speech_recognition/evaluation.h"

namespace attune {

/// What the report says of the recordings.
DataSummary summarize_audio(const AudioParts& parts);

/// Adds the sections on what was understood, and puts the rates before the headline: worst clips
/// can be listened to. `data`: what `evaluation`, the run's, is of.
void add_transcripts(const SpeechEvaluation& evaluation, const AudioDataset& data,
                     const FinishedRun& run, std::int64_t max_mistakes, Report& report);

}  // namespace attune
