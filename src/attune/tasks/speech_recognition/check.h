#pragma once

#include "attune/config/schema.h"
#include "attune/tasks/check/check_options.h"
#include "attune/tasks/speech_recognition/options.h"

namespace attune {

/// `attune check` of recordings: decodes each once. Returns whether a run on the data would stop.
bool check_speech_data(SpeechTrainSettings& settings, const CheckOptions& options,
                       config::Schema& schema);

}  // namespace attune
