#pragma once

#include <cstdint>
#include <span>

#include "attune/config/field.h"
#include "attune/config/schema.h"
#include "attune/media/audio/files/audio_reader.h"
#include "attune/media/draws.h"

namespace attune {

/// Random changes of the recordings a run trains on. Nothing is changed by default.
struct AudioAugmentOptions {
  double speed_perturb = 0;
  double random_gain = 0;
  double noise_probability = 0;
  double noise_snr_min = 10, noise_snr_max = 40;

  bool changes_audio() const {
    return speed_perturb > 0 || random_gain > 0 || noise_probability > 0;
  }

  /// Adds a problem for a range of noise that is none.
  void find_problems(config::Problems& problems) const;

  template <typename V>
  void visit(V& v) {
    v("speed_perturb", speed_perturb,
      "Play each clip at 1 - this, 1 or 1 + this times its speed (Ko et al. 2015: 0.1)",
      config::in_range(0, 0.5));
    v("random_gain", random_gain, "Make each clip louder or softer by up to this many dB",
      config::in_range(0, 60));
    v("noise_probability", noise_probability, "Share of clips that get white noise",
      config::in_range(0, 1));
    v("noise_snr_min", noise_snr_min, "Lowest ratio of signal to noise, in dB",
      config::in_range(-20, 100))
        .only_with("noise_probability");
    v("noise_snr_max", noise_snr_max, "Highest ratio of signal to noise, in dB",
      config::in_range(-20, 100))
        .only_with("noise_probability");
  }
};

/// Everything random about one clip in one epoch, in the order it is applied.
struct AudioAugmentPlan {
  double speed = 1;
  double gain = 1;               ///< factor of the samples
  std::optional<double> snr_db;  ///< of the noise; none: no noise
  Rng noise;                     ///< its samples
};

/// A function of options and key alone. Throws `user` where noise_snr_min is above noise_snr_max.
AudioAugmentPlan plan_augmentation(const AudioAugmentOptions& options, const AugmentKey& key);

/// Speed changes pitch and length as a tape does: the clip resampled from its rate times `speed`,
/// to whole Hz. Noise is relative to the clip's mean power; a silent clip gets none.
Waveform augment(Waveform wave, const AudioAugmentPlan& plan);

}  // namespace attune
