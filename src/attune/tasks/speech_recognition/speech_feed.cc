#include "attune/tasks/speech_recognition/speech_feed.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/core/grad_mode.h>

#include "attune/nn/device.h"

namespace attune {
namespace {

/// Clips whose features are computed together: a minute of 10-second clips, whose first
/// convolution takes 400 MB where it is as wide as the published ones.
constexpr std::int64_t kFeaturesAtOnce = 4;

}  // namespace

std::int64_t least_samples(const CtcModel& model) {
  std::int64_t none = 0, some = 1;
  while (model.frames(some) == 0) none = std::exchange(some, 2 * some);
  while (some - none > 1) {
    const std::int64_t middle = none + (some - none) / 2;
    (model.frames(middle) == 0 ? none : some) = middle;
  }
  return some;
}

SpeechFeed::SpeechFeed(CtcModel& model, const AudioProcessor& processor,
                       const WaveformSource& source, std::int64_t examples, const Options& options)
    : model_(model),
      processor_(processor),
      loader_(waveform_loader(source, options.seed, options.threads)),
      keeps_features_(options.keeps_features && !source.is_random()),
      examples_(examples),
      least_samples_(least_samples(model)),
      samples_(static_cast<std::size_t>(examples), 0),
      frozen_(examples,
              [this](std::span<const std::int64_t> wanted, std::int64_t first) {
                return compute(wanted, first);
              },
              {.budget = options.budget,
               .cache_folder = options.cache_folder,
               .at_once = kFeaturesAtOnce,
               .unit = "clips"}) {}

void SpeechFeed::announce(Examples examples, const StepContext& context) {
  // Cached features are computed in an order of their own, with announcements of their own.
  if (!is_cached(context)) loader_.announce(examples, context.epoch);
}

ExampleRows SpeechFeed::compute(std::span<const std::int64_t> examples,
                                std::int64_t first_trained_group) {
  std::vector<std::vector<float>> clips = loader_.take(examples, 0);
  std::vector<std::int64_t> next(static_cast<std::size_t>(
      std::clamp<std::int64_t>(examples_ - examples.back() - 1, 0, std::ssize(examples))));
  std::iota(next.begin(), next.end(), examples.back() + 1);
  if (!next.empty()) loader_.announce(next, 0);
  const SpeechBatch batch = pack(std::move(clips), first_trained_group);
  for (std::size_t n = 0; n < examples.size(); ++n) {
    samples_[static_cast<std::size_t>(examples[n])] =
        batch.audio.clips.length(static_cast<std::int64_t>(n));
  }
  return {batch.state, {model_.frames(batch.audio.clips).offsets}};
}

/// Clips normalised and packed, run through what is frozen.
SpeechBatch SpeechFeed::pack(std::vector<std::vector<float>> clips,
                             std::int64_t first_trained_group) {
  for (std::vector<float>& clip : clips) {
    processor_.normalize(clip);
    // A clip of one frame that was played faster is padded as a batch would be.
    if (std::ssize(clip) < least_samples_) clip.resize(static_cast<std::size_t>(least_samples_));
  }
  SpeechBatch batch{.audio = pack_waveforms(clips)};
  batch.audio.samples = batch.audio.samples.to(device_of(model_));
  if (first_trained_group > 0) {
    const at::NoGradGuard no_grad;
    batch.state = model_.run(batch.audio, {}, 0, first_trained_group);
  }
  return batch;
}

SpeechBatch SpeechFeed::batch(Examples examples, const StepContext& context) {
  const std::int64_t first = context.first_trained_group;
  if (!is_cached(context)) return pack(loader_.take(examples, context.epoch), first);
  SpeechBatch batch{.state = frozen_.state(examples, first).to(device_of(model_))};
  for (const std::int64_t example : examples) {
    batch.audio.clips.offsets.push_back(batch.audio.clips.rows() +
                                        samples_[static_cast<std::size_t>(example)]);
  }
  return batch;
}

SpeechBatch SpeechFeed::joined(Examples examples, const StepContext& context,
                               std::span<const std::vector<std::int64_t>> strings) {
  const std::vector<std::vector<float>> clips = loader_.take(examples, context.epoch);
  std::vector<std::vector<float>> joined;
  for (const std::vector<std::int64_t>& string : strings) {
    std::vector<float>& whole = joined.emplace_back();
    for (const std::int64_t position : string) {
      const std::vector<float>& clip = clips[static_cast<std::size_t>(position)];
      whole.insert(whole.end(), clip.begin(), clip.end());
    }
  }
  return pack(std::move(joined), context.first_trained_group);
}

}  // namespace attune
