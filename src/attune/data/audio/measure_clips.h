#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "attune/data/audio/audio_dataset.h"
#include "attune/data/audio/found_clips.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/data/bad_rows.h"

namespace attune {

struct MeasureOptions {
  TranscriptOptions transcripts;
  bool has_transcripts = true;  ///< false: what is said is not known and not asked for
  double min_seconds = 0;       ///< clips for training outside of these are left out
  std::optional<double> max_seconds;
  OnBadRow on_bad_row = OnBadRow::error;
  std::int64_t threads = 0;  ///< 0: all cores
};

/// Opens each recording once, on threads, for its length, which its header tells; one whose header
/// does not is decoded. Transcripts become what the rules make of them. A clip is bad that was
/// found so, whose recording cannot be read, is cut off or holds no sample, which begins or ends
/// behind the recording's end, or whose transcript is empty. Of usable ones for training those
/// outside of the limits are told and left out (`outside_limits`); validation and test parts are
/// never cut. Throws `data` where nothing is left, and, naming the first twenty, for bad clips
/// where they are errors.
AudioDataset measure_clips(FoundClips found, const std::string& name,
                           const MeasureOptions& options);

}  // namespace attune
