#include "attune/data/audio/audio_scan.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/rng.h"
#include "attune/data/audio/recordings/clip_reader.h"
#include "attune/data/scan.h"

namespace attune {
namespace {

ScannedClip scan_clip(const AudioExample& clip) {
  try {
    AudioInfo info;
    const Waveform wave = read_clip(clip, {}, info);
    ScannedClip result{.look = look_at_sound(wave.samples, wave.sample_rate), .problem = {}};
    result.look.channels = info.channels;
    return result;
  } catch (const Error& error) {
    return {.look = {}, .problem = without_file(error.what(), clip.path)};
  }
}

}  // namespace

SoundLook look_at_sound(std::span<const float> samples, std::int64_t sample_rate) {
  SoundLook look{.samples = mix_key(samples.size(), static_cast<std::uint64_t>(sample_rate)),
                 .sample_rate = sample_rate};
  double squares = 0;
  std::int64_t clipped = 0;
  for (const float x : samples) {
    // -0 and 0 sound the same.
    look.samples = mix_key(look.samples, std::bit_cast<std::uint32_t>(x + 0.0f));
    look.peak = std::max(look.peak, std::abs(x));
    squares += static_cast<double>(x) * x;
    clipped += std::abs(x) >= kFullScale;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(samples.size(), 1));
  look.rms = static_cast<float>(std::sqrt(squares / count));
  look.clipped = static_cast<double>(clipped) / count;
  look.seconds = static_cast<double>(samples.size()) / static_cast<double>(sample_rate);
  return look;
}

std::vector<AudioScan> scan_clips(std::span<const std::pair<std::string, AudioDataset*>> parts,
                                  OnBadRow on_bad_row, std::int64_t threads, ScannedClips& known) {
  const ScanList<AudioDataset, ScannedClip> list(
      parts, known, [](const AudioDataset& data, std::int64_t n) {
        return piece_key(data.examples[static_cast<std::size_t>(n)]);
      });
  look_at_each(std::ssize(list.unseen), threads, "check clips", "clips", [&](std::size_t i) {
    const auto& [data, example, result] = list.unseen[i];
    *result = scan_clip(data->examples[static_cast<std::size_t>(example)]);
  });
  list.refuse_unusable(parts, on_bad_row);
  std::vector<AudioScan> scans(parts.size());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    keep_usable(*parts[p].second, list.seen[p],
                [&](const ScannedClip& clip) { scans[p].looks.push_back(clip.look); });
  }
  return scans;
}

}  // namespace attune
