#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "attune/data/audio/audio_parts.h"
#include "attune/data/audio/audio_scan.h"
#include "attune/data/check/finding.h"
#include "attune/data/check/learnt_clips.h"
#include "attune/media/text/ctc/ctc_vocabulary.h"

namespace attune {

/// What is known of the model that is to learn from clips.
struct AudioCheckOptions {
  /// Of the run with clips it cannot use; none: they have been told.
  std::optional<OnBadRow> policy;
  const CtcVocabulary* vocabulary = nullptr;  ///< null: one is made of the transcripts
  std::int64_t sample_rate = 16'000;          ///< Hz, that the model takes
  /// Whether the model gives enough frames for a clip's transcript: symbols, and a blank between
  /// two of the same. Empty: not asked.
  std::function<bool(const AudioExample&)> is_feasible;
  OldClips old;
};

/// Looks through transcribed recordings. `scans`: one for each part, or none: then nothing is said
/// of their sound. `parts` must outlive the result, whose `show` reads them.
DataCheck check_clips(const AudioParts& parts, const std::vector<AudioScan>& scans,
                      const AudioCheckOptions& options);

}  // namespace attune
