#pragma once

#include "attune/data/audio/audio_parts.h"
#include "attune/data/check/finding.h"

namespace attune {

/// What a run learns from and is measured on beside its parts; null: nothing.
struct OldClips {
  const AudioDataset* replayed = nullptr;  ///< learnt from
  const AudioDataset* measured = nullptr;  ///< only measured on
};

/// Clips that are measured on and learnt from too: pieces of the same recording that have more than
/// half of the measured one in common. What they give tells what was learnt by heart.
/// `equal_are_told`: the same clip in two parts has been found by its sound.
void find_learnt_clips(const AudioParts& parts, const OldClips& old, bool equal_are_told,
                       DataCheck& check);

}  // namespace attune
