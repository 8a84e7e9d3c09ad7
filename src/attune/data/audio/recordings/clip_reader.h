#pragma once

#include "attune/data/audio/audio_dataset.h"
#include "attune/media/audio/files/audio_reader.h"

namespace attune {

/// The sound of a clip: all of its recording, or its piece, at the recording's own rate. Throws as
/// `read_audio`; `data` where the piece lies behind the recording's end.
Waveform read_clip(const AudioExample& clip, const AudioLimits& limits = {});

/// The same, and what the recording's header says.
Waveform read_clip(const AudioExample& clip, const AudioLimits& limits, AudioInfo& info);

}  // namespace attune
