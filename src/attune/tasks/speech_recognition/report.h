#pragma once

#include <cstdint>
#include <string>

#include "attune/data/audio/audio_parts.h"
#include "attune/eval/report/page/page.h"
#include "attune/eval/report/sections/run/data_section.h"
#include "attune/tasks/speech_recognition/evaluation.h"

namespace attune {

/// What the report says of the recordings.
DataSummary summarize_audio(const AudioParts& parts);

/// Adds the sections on what was understood, and puts the rates before the headline: worst clips
/// can be listened to. `data_name`: what was evaluated, "test".
void add_transcripts(const SpeechEvaluation& evaluation, const AudioDataset& data,
                     const std::string& data_name, std::int64_t max_mistakes, Report& report);

}  // namespace attune
