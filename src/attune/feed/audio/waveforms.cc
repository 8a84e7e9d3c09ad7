#include "attune/feed/audio/waveforms.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include <ATen/ops/empty.h>

#include "attune/base/error.h"
#include "attune/data/audio/recordings/clip_reader.h"
#include "attune/media/audio/sinc_resampler.h"

namespace attune {

WaveformSource::WaveformSource(const AudioDataset& dataset, std::int64_t sampling_rate)
    : WaveformSource(dataset, sampling_rate, {}) {}

WaveformSource::WaveformSource(const AudioDataset& dataset, std::int64_t sampling_rate,
                               const AudioAugmentOptions& augment)
    : dataset_(dataset), sampling_rate_(sampling_rate), augment_(augment) {}

Waveform WaveformSource::read(std::int64_t example) const {
  const AudioExample& clip = dataset_.examples[static_cast<std::size_t>(example)];
  try {
    return resample(read_clip(clip), sampling_rate_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    // What only decoding shows (a NaN, a damaged block) stops a run that has begun.
    const std::string text = error.what(), file = clip.path + ": ";
    fail(ErrorKind::data,
         "{}: {}; --on-bad-row skip decodes all clips before and leaves out such, attune check "
         "lists them",
         dataset_.source_name(example), text.starts_with(file) ? text.substr(file.size()) : text);
  }
}

std::vector<float> WaveformSource::load(const SampleKey& key) const {
  Waveform wave = read(key.example);
  if (is_random()) {
    wave =
        augment(std::move(wave),
                plan_augmentation(augment_, {.seed = key.seed,
                                             .epoch = static_cast<std::uint64_t>(key.epoch),
                                             .sample = static_cast<std::uint64_t>(key.example)}));
  }
  return std::move(wave.samples);
}

WaveformLoader waveform_loader(const WaveformSource& source, std::uint64_t seed,
                               std::int64_t threads) {
  return {
      each_sample<std::vector<float>>([&source](const SampleKey& key) { return source.load(key); }),
      seed, threads};
}

PackedAudio pack_waveforms(std::span<const std::vector<float>> clips) {
  PackedAudio audio;
  for (const std::vector<float>& clip : clips) {
    audio.clips.offsets.push_back(audio.clips.rows() + std::ssize(clip));
  }
  audio.samples = at::empty({audio.clips.rows()}, at::kFloat);
  auto* to = audio.samples.mutable_data_ptr<float>();
  for (const std::vector<float>& clip : clips) {
    to = std::copy(clip.begin(), clip.end(), to);
  }
  return audio;
}

std::vector<std::vector<std::int64_t>> join_clips(std::span<const std::int64_t> speakers,
                                                  std::int64_t most, const Rng& rng) {
  std::map<std::int64_t, std::vector<std::int64_t>> by_speaker;
  for (const std::int64_t n : rng.permutation(std::ssize(speakers))) {
    by_speaker[speakers[static_cast<std::size_t>(n)]].push_back(n);
  }
  std::vector<std::vector<std::int64_t>> strings;
  const Rng lengths(rng.key(), "length of strings");
  for (const auto& [speaker, clips] : by_speaker) {
    for (std::size_t begin = 0; begin < clips.size();) {
      const auto wanted = static_cast<std::size_t>(
          1 + lengths.below(strings.size(), static_cast<std::uint64_t>(most)));
      const std::size_t end = std::min(clips.size(), begin + wanted);
      strings.emplace_back(clips.begin() + static_cast<std::ptrdiff_t>(begin),
                           clips.begin() + static_cast<std::ptrdiff_t>(end));
      begin = end;
    }
  }
  return strings;
}

}  // namespace attune
