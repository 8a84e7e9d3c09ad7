#include "attune/media/audio/augment.h"

#include <cmath>
#include <string>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/media/audio/sinc_resampler.h"

namespace attune {
namespace {

void change_speed(Waveform& wave, double speed) {
  const std::int64_t rate = wave.sample_rate;
  // Rates that share many divisors keep the filter small: a hundredth of the rate is fine enough.
  const std::int64_t step = std::max<std::int64_t>(1, rate / 100);
  wave.sample_rate =
      std::llround(static_cast<double>(rate) * speed / static_cast<double>(step)) * step;
  wave = resample(std::move(wave), rate);
}

void add_noise(std::span<float> samples, double snr_db, const Rng& rng) {
  double power = 0;
  for (const float x : samples) power += static_cast<double>(x) * x;
  power /= static_cast<double>(samples.size());
  const double scale = std::sqrt(power * std::pow(10, -snr_db / 10));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] += static_cast<float>(scale * rng.normal(i));
  }
}

std::string range_problem(const AudioAugmentOptions& options) {
  return fmt::format(
      "--noise-snr-min {} is above --noise-snr-max {}: noise is drawn between the two",
      options.noise_snr_min, options.noise_snr_max);
}

}  // namespace

void AudioAugmentOptions::find_problems(config::Problems& problems) const {
  if (noise_snr_min > noise_snr_max) problems.add(range_problem(*this));
}

AudioAugmentPlan plan_augmentation(const AudioAugmentOptions& options, const AugmentKey& key) {
  check(options.noise_snr_min <= options.noise_snr_max, ErrorKind::user, "{}",
        range_problem(options));
  // One stream a purpose: turning one option on leaves the numbers of the others.
  Draws speed(key, "audio speed"), gain(key, "audio gain"), noise(key, "audio noise");
  AudioAugmentPlan plan{.noise =
                            Rng(key.seed, "augment audio noise samples", key.epoch, key.sample)};
  plan.speed = 1 + options.speed_perturb * static_cast<double>(speed.below(3) - 1);
  plan.gain = std::pow(10, gain.uniform(-options.random_gain, options.random_gain) / 20);
  const bool noisy = noise.chance(options.noise_probability);
  const double snr = noise.uniform(options.noise_snr_min, options.noise_snr_max);
  if (noisy) plan.snr_db = snr;
  return plan;
}

Waveform augment(Waveform wave, const AudioAugmentPlan& plan) {
  if (wave.samples.empty()) return wave;
  if (plan.speed != 1) change_speed(wave, plan.speed);
  if (plan.gain != 1) {
    for (float& x : wave.samples) x *= static_cast<float>(plan.gain);
  }
  if (plan.snr_db) add_noise(wave.samples, *plan.snr_db, plan.noise);
  return wave;
}

}  // namespace attune
