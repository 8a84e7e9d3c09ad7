#pragma once

#include <cstdint>
#include <optional>

#include "attune/base/rng.h"
#include "attune/media/image/augment/draws.h"
#include "attune/media/image/augment/options.h"

namespace attune {

/// Beta(alpha, alpha). Requires alpha > 0; exact for the smallest ones too (computed in
/// logarithms).
double draw_beta(Draws& draws, double alpha);

/// How a batch is mixed with itself. Picture i is mixed with picture i - 1 of the batch, the first
/// with the last (the batch is shuffled already); its target becomes
/// `lambda * target[i] + (1 - lambda) * target[i - 1]`.
struct BatchMix {
  double lambda = 1;
  /// CutMix: these pixels are taken from the other picture, whole. Without it (Mixup) all pixels
  /// become `lambda * picture[i] + (1 - lambda) * picture[i - 1]`.
  std::optional<PixelBox> box;
};

/// The numbers of one batch of pictures of one size (after the crop), e.g. with
/// `Rng(seed, "mix", epoch, batch)`; null where neither Mixup (Zhang et al. 2018) nor CutMix (Yun
/// et al. 2019) is on. With both on, each batch gets one of them with equal chance. CutMix's box
/// and its lambda, corrected for the part that falls outside, are torchvision's.
std::optional<BatchMix> draw_mix(const AugmentOptions& options, const Rng& rng, Size picture);

}  // namespace attune
