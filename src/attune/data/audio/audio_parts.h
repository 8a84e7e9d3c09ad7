#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "attune/data/audio/audio_dataset.h"
#include "attune/data/audio/audio_options.h"
#include "attune/data/audio/transcript_rules.h"
#include "attune/data/bad_rows.h"
#include "attune/data/split/splits.h"

namespace attune {

/// The clips of a run by their part.
using AudioParts = DataParts<AudioDataset>;

struct ReadAudioOptions {
  AudioColumns columns;
  TranscriptOptions transcripts;
  bool has_transcripts = true;  ///< false: for `predict`, what is said is not asked for
  bool may_lack_parts = false;  ///< see AudioTableOptions; true for what is measured on
  EncodingOption encoding;      ///< of manifests and annotations
  double min_seconds = 0;       ///< see MeasureOptions
  std::optional<double> max_seconds;
  OnBadRow on_bad_row = OnBadRow::error;
  std::int64_t threads = 0;
};

/// Lists clips with their durations and normalised transcripts; decodes none whose header tells
/// its length. Throws `user` where the source is none that is understood, `data` as
/// `measure_clips`.
AudioDataset read_audio_data(const AudioSource& source, const ReadAudioOptions& options);

/// What a run learns from, divided: as the data says, by a validation manifest or folder, or by
/// `validation_split`, which keeps speakers whole where two or more are known. Throws `user` where
/// the options contradict what the data says. The case of `transcripts` must be settled
/// (`settle_case`); `automatic` is that of a new vocabulary.
AudioParts load_audio_parts(const AudioDataOptions& data, const AudioColumns& columns,
                            const TranscriptOptions& transcripts, std::uint64_t seed);

}  // namespace attune
