#include "attune/data/audio/audio_scan.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <utility>

#include "attune/base/error.h"
#include "attune/base/progress.h"
#include "attune/base/rng.h"
#include "attune/base/threads.h"
#include "attune/data/audio/recordings/clip_reader.h"

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
    // Whoever lists problems names the file too.
    const std::string text = error.what();
    const std::string file = clip.path + ": ";
    return {.look = {}, .problem = text.starts_with(file) ? text.substr(file.size()) : text};
  }
}

struct UnseenClip {
  const AudioExample* clip;
  ScannedClip* result;
};

void scan_unseen_clips(std::span<const UnseenClip> unseen, std::int64_t threads) {
  const auto total = static_cast<std::int64_t>(unseen.size());
  std::atomic<std::int64_t> done = 0;
  parallel_for(total, 1, static_cast<int>(threads), [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      *unseen[i].result = scan_clip(*unseen[i].clip);
      const std::int64_t now = ++done;
      if (now % 256 != 0 && now != total) continue;
      report_progress({.activity = "check clips",
                       .done = now,
                       .total = total,
                       .unit = "clips",
                       .finished = now == total});
    }
  });
}

/// Takes what cannot be used out of `data`, whose examples are `seen`.
AudioScan keep_usable_clips(AudioDataset& data, std::span<ScannedClip* const> seen) {
  AudioScan scan;
  std::vector<std::int64_t> good;
  std::vector<BadRow> bad;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto example = static_cast<std::int64_t>(i);
    if (!seen[i]->problem.empty()) {
      bad.push_back(data.bad_row(example, seen[i]->problem));
      continue;
    }
    good.push_back(example);
    scan.looks.push_back(seen[i]->look);
  }
  // The usual case, in which a copy of the data set would be for nothing.
  if (bad.empty()) return scan;
  AudioDataset rest = data.subset(good);
  rest.take_left_out(data);
  rest.bad_rows.insert(rest.bad_rows.end(), bad.begin(), bad.end());
  data = std::move(rest);
  return scan;
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
  std::vector<UnseenClip> unseen;
  std::vector<std::vector<ScannedClip*>> seen(parts.size());
  std::int64_t total = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const AudioDataset& data = *parts[p].second;
    total += data.size();
    for (const AudioExample& clip : data.examples) {
      // References into an unordered_map stay valid when it grows.
      const auto [entry, is_new] = known.try_emplace(piece_key(clip));
      if (is_new) unseen.push_back({&clip, &entry->second});
      seen[p].push_back(&entry->second);
    }
  }
  scan_unseen_clips(unseen, threads);
  // One error for all parts: mending the training part only to hear of the test part is twice the
  // wait.
  BadRowCollector problems(on_bad_row);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < seen[p].size(); ++i) {
      if (seen[p][i]->problem.empty()) continue;
      problems.add(parts[p].second->bad_row(static_cast<std::int64_t>(i), seen[p][i]->problem));
    }
  }
  problems.finish("clips", total, "");
  std::vector<AudioScan> scans;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    scans.push_back(keep_usable_clips(*parts[p].second, seen[p]));
  }
  return scans;
}

}  // namespace attune
