#pragma once

#include <cstdint>
#include <vector>

#include "attune/data/audio/audio_parts.h"
#include "attune/data/audio/audio_scan.h"
#include "attune/data/statistics.h"

namespace attune {

/// Hours, lengths, speakers and transcripts of each part; with `scans` (one for each part, or none)
/// also clips of the same samples, silence aside.
DatasetStatistics audio_statistics(const AudioParts& parts, const std::vector<AudioScan>& scans);

/// Whether two clips have the same transcript: what `same_label` (statistics_of.h) is to others.
bool same_label(const AudioDataset& first, std::int64_t i, const AudioDataset& second,
                std::int64_t j);

/// Below, a clip counts as silent: -80 dB of full scale, below the noise of any microphone.
inline constexpr float kSilentPeak = 1e-4f;

}  // namespace attune
