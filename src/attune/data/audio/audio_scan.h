#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "attune/data/audio/audio_dataset.h"

namespace attune {

/// What decoding a clip once has shown.
struct SoundLook {
  std::uint64_t samples = 0;  ///< hash of them and their rate: equal for equal ones
  std::int64_t sample_rate = 0, channels = 0;
  double seconds = 0;  ///< as decoded
  float peak = 0, rms = 0;
  double clipped = 0;  ///< share of samples at full scale
  bool operator==(const SoundLook&) const = default;
};

struct ScannedClip {
  SoundLook look;
  std::string problem;  ///< "": it can be used
};

/// Clips by `piece_key`. Runs that share it decode each clip once.
using ScannedClips = std::unordered_map<std::string, ScannedClip>;

/// What was seen of a part, by example.
struct AudioScan {
  std::vector<SoundLook> looks;
};

/// From here on a sample counts as at full scale.
inline constexpr float kFullScale = 0.9995f;

SoundLook look_at_sound(std::span<const float> samples, std::int64_t sample_rate);

/// Decodes every clip of `parts` (name and data) that `known` does not have yet, on `threads`
/// threads (0: all cores). Those of all parts that cannot be used (a NaN, a file that is cut off)
/// are one error, which names the first twenty, or, with `skip`, leave their data set and are added
/// to its bad rows.
std::vector<AudioScan> scan_clips(std::span<const std::pair<std::string, AudioDataset*>> parts,
                                  OnBadRow on_bad_row, std::int64_t threads, ScannedClips& known);

}  // namespace attune
