#include "attune/media/audio/sinc_resampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr std::int64_t kLowpassWidth = 6;
constexpr double kRolloff = 0.99;
constexpr std::int64_t kHighestRate = 768'000;

/// A Hann-windowed sinc at `t` zero crossings from its middle. In float, as torchaudio computes it
/// (functional.py, _get_sinc_resample_kernel): in double, samples differ from its by up to 4e-5.
float windowed_sinc(float t) {
  if (std::abs(t) >= static_cast<float>(kLowpassWidth)) return 0;
  constexpr auto kPi = static_cast<float>(std::numbers::pi);
  const float window = std::cos(t * kPi / kLowpassWidth / 2);
  const float angle = t * kPi;
  return (angle == 0 ? 1 : std::sin(angle) / angle) * (window * window);
}

/// Eight sums side by side: one sum could not be vectorised, as floats do not associate.
float dot(const float* a, const float* b, std::int64_t taps) {
  using Lanes [[gnu::vector_size(32), gnu::aligned(4)]] = float;
  Lanes sum{};
  for (std::int64_t i = 0; i < taps; i += 8) {
    sum += *reinterpret_cast<const Lanes*>(a + i) * *reinterpret_cast<const Lanes*>(b + i);
  }
  return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

}  // namespace

SincResampler::SincResampler(std::int64_t from_rate, std::int64_t to_rate) {
  check(from_rate >= 1 && from_rate <= kHighestRate && to_rate >= 1 && to_rate <= kHighestRate,
        ErrorKind::user, "cannot resample from {} Hz to {} Hz; expected rates of 1 to {}",
        from_rate, to_rate, kHighestRate);
  const std::int64_t common = std::gcd(from_rate, to_rate);
  from_ = from_rate / common;
  to_ = to_rate / common;
  // Output j of a block of `to_` lies j * from_ / to_ input samples behind its block's first. The
  // filter cuts below the lower rate's Nyquist frequency.
  const double base = static_cast<double>(std::min(from_, to_)) * kRolloff;
  const auto from = static_cast<double>(from_);
  width_ = static_cast<std::int64_t>(std::ceil(kLowpassWidth * from / base));
  // torchaudio's kernel has 2 * width + from_ taps a phase, of which all but these are 0.
  taps_ = (2 * width_ + 2 + 7) / 8 * 8;
  filter_.resize(static_cast<std::size_t>(to_ * taps_));
  first_tap_.resize(static_cast<std::size_t>(to_));
  for (std::int64_t j = 0; j < to_; ++j) {
    const std::int64_t first = j * from_ / to_ - width_;
    first_tap_[j] = first;
    const float phase = -static_cast<float>(j) / static_cast<float>(to_);
    for (std::int64_t k = 0; k < taps_; ++k) {
      const float at = static_cast<float>(first + k) / static_cast<float>(from_);
      const float t = (phase + at) * static_cast<float>(base);
      filter_[j * taps_ + k] = windowed_sinc(t) * static_cast<float>(base / from);
    }
  }
  held_.assign(static_cast<std::size_t>(width_), 0.0f);  // silence before the start
  held_from_ = -width_;
}

void SincResampler::emit(std::int64_t end, std::vector<float>& out) {
  for (; emitted_ < end; ++emitted_) {
    const std::int64_t phase = emitted_ % to_;
    const std::int64_t first = emitted_ / to_ * from_ + first_tap_[phase];
    out.push_back(dot(held_.data() + (first - held_from_), filter_.data() + phase * taps_, taps_));
  }
  const std::int64_t keep = emitted_ / to_ * from_ + first_tap_[emitted_ % to_] - held_from_;
  // Moving what is left costs as much as it holds: only once as much can go.
  if (keep > static_cast<std::int64_t>(held_.size()) / 2) {
    const std::int64_t gone = std::min(keep, static_cast<std::int64_t>(held_.size()));
    held_.erase(held_.begin(), held_.begin() + gone);
    held_from_ += gone;
  }
}

void SincResampler::push(std::span<const float> samples, std::vector<float>& out) {
  held_.insert(held_.end(), samples.begin(), samples.end());
  pushed_ += static_cast<std::int64_t>(samples.size());
  // Output n is known once its last tap's input is: n * from_ / to_ - width_ + taps_ <= pushed_.
  const std::int64_t reach = pushed_ + width_ - taps_ + 1;
  emit(reach <= 0 ? 0 : (reach * to_ + from_ - 1) / from_, out);
}

void SincResampler::finish(std::vector<float>& out) {
  const std::int64_t total = (pushed_ * to_ + from_ - 1) / from_;
  held_.insert(held_.end(), static_cast<std::size_t>(taps_), 0.0f);
  emit(total, out);
  held_.assign(static_cast<std::size_t>(width_), 0.0f);
  held_from_ = -width_;
  pushed_ = emitted_ = 0;
}

Waveform resample(Waveform wave, std::int64_t to_rate) {
  if (wave.sample_rate == to_rate) return wave;
  SincResampler resampler(wave.sample_rate, to_rate);
  Waveform result{{}, to_rate};
  result.samples.reserve(wave.samples.size() * to_rate / wave.sample_rate + 1);
  resampler.push(wave.samples, result.samples);
  resampler.finish(result.samples);
  return result;
}

}  // namespace attune
