#include "attune/media/audio/augment.h"

#include <cmath>
#include <set>

#include <gmock/gmock.h>

#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

Waveform tone(std::size_t count) {
  Waveform wave{std::vector<float>(count), 16000};
  for (std::size_t i = 0; i < count; ++i) {
    wave.samples[i] = static_cast<float>(std::sin(0.05 * static_cast<double>(i)));
  }
  return wave;
}

double power(std::span<const float> samples) {
  double sum = 0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return sum / static_cast<double>(samples.size());
}

TEST(AudioAugment, nothing_is_changed_by_default) {
  const AudioAugmentOptions options;
  EXPECT_FALSE(options.changes_audio());
  const Waveform wave = augment(tone(500), plan_augmentation(options, {1, 2, 3}));
  EXPECT_EQ(wave.samples, tone(500).samples);
}

TEST(AudioAugment, the_key_alone_decides) {
  const AudioAugmentOptions options{
      .speed_perturb = 0.1, .random_gain = 6, .noise_probability = 0.5};
  std::set<std::size_t> lengths;
  int noisy = 0;
  for (std::uint64_t sample = 0; sample < 60; ++sample) {
    const auto plan = plan_augmentation(options, {7, 1, sample});
    const Waveform wave = augment(tone(900), plan);
    EXPECT_EQ(wave.samples, augment(tone(900), plan_augmentation(options, {7, 1, sample})).samples);
    EXPECT_NE(wave.samples, augment(tone(900), plan_augmentation(options, {7, 2, sample})).samples);
    EXPECT_EQ(wave.sample_rate, 16000);
    lengths.insert(wave.samples.size());
    noisy += plan.snr_db.has_value();
    EXPECT_LE(std::abs(20 * std::log10(plan.gain)), 6 + 1e-9);
  }
  // 900 / 1.1, 900 and 900 / 0.9 samples, rounded up.
  EXPECT_EQ(lengths, (std::set<std::size_t>{819, 900, 1000}));
  EXPECT_GT(noisy, 15);
  EXPECT_LT(noisy, 45);
}

TEST(AudioAugment, turning_one_on_leaves_the_draws_of_the_others) {
  const auto both = plan_augmentation({.random_gain = 6, .noise_probability = 1}, {7, 1, 5});
  const auto one = plan_augmentation({.random_gain = 6}, {7, 1, 5});
  EXPECT_EQ(both.gain, one.gain);
  EXPECT_FALSE(one.snr_db.has_value());
}

TEST(AudioAugment, noise_has_the_ratio_asked_for) {
  auto plan = plan_augmentation({.noise_probability = 1, .noise_snr_min = 10, .noise_snr_max = 10},
                                {7, 1, 5});
  Waveform wave = augment(tone(50'000), plan);
  const std::vector<float> clean = tone(50'000).samples;
  for (std::size_t i = 0; i < clean.size(); ++i) wave.samples[i] -= clean[i];
  EXPECT_NEAR(10 * std::log10(power(clean) / power(wave.samples)), 10, 0.1);
  const Waveform silent = augment({std::vector<float>(100), 16000}, plan);
  EXPECT_EQ(power(silent.samples), 0);
}

TEST(AudioAugment, refuses_an_empty_range) {
  EXPECT_THAT(error_of(ErrorKind::user,
                       [] {
                         plan_augmentation({.noise_snr_min = 50}, {1, 1, 1});
                       }),
              ::testing::HasSubstr("--noise-snr-min 50 is above --noise-snr-max 40"));
}

}  // namespace
}  // namespace attune
