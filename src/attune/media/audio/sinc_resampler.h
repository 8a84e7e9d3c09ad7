#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/media/audio/files/audio_reader.h"

namespace attune {

/// Another sample rate by a windowed sinc: torchaudio.functional.resample with its defaults
/// (`sinc_interp_hann`, lowpass_filter_width 6, rolloff 0.99), whose samples it gives within 1e-5.
/// Takes a recording in pieces of any size; the samples do not depend on them.
class SincResampler {
 public:
  /// Throws `user` but for rates of 1 to 768000 Hz. The filter takes 70 MB at most, where the two
  /// have no divisor in common.
  SincResampler(std::int64_t from_rate, std::int64_t to_rate);

  /// Appends to `out` what can be told so far.
  void push(std::span<const float> samples, std::vector<float>& out);
  /// Appends the rest; in all ceil(samples * to_rate / from_rate). Ready for another recording.
  void finish(std::vector<float>& out);

 private:
  void emit(std::int64_t end, std::vector<float>& out);

  std::int64_t from_, to_;               ///< without common divisors
  std::int64_t width_ = 0;               ///< input samples on each side that the filter reaches
  std::int64_t taps_ = 0;                ///< of a phase, a multiple of 8
  std::vector<float> filter_;            ///< [to_, taps_]
  std::vector<std::int64_t> first_tap_;  ///< [to_]: input sample of tap 0, from the phase's block
  std::vector<float> held_;              ///< input from sample `held_from_` on
  std::int64_t held_from_ = 0, pushed_ = 0, emitted_ = 0;
};

/// `wave` at `to_rate`; as it is where that is its rate.
Waveform resample(Waveform wave, std::int64_t to_rate);

}  // namespace attune
