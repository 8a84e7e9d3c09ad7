#include "attune/media/image/augment/mix.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace attune {
namespace {

/// Box and Muller 1958. The second normal of the pair is thrown away: a stream has no state but its
/// place.
double draw_normal(Draws& draws) {
  const double u = 1 - draws.uniform();  // (0, 1]
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * draws.uniform());
}

/// The logarithm of Gamma(alpha, 1): Marsaglia and Tsang 2000, "A simple method for generating
/// gamma variables". Small alphas give values that only a logarithm can hold.
double draw_log_gamma(Draws& draws, double alpha) {
  if (alpha < 1) {
    // As they do for alpha below 1: Gamma(alpha) is Gamma(alpha + 1) times U^(1 / alpha).
    const double u = 1 - draws.uniform();
    return draw_log_gamma(draws, alpha + 1) + std::log(u) / alpha;
  }
  const double d = alpha - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = draw_normal(draws);
    const double u = 1 - draws.uniform();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return std::log(d) + std::log(v);
  }
}

BatchMix draw_cutmix(Draws& draws, double alpha, Size picture) {
  const double lambda = draw_beta(draws, alpha);
  // Yun et al. 2019, section 3.1: a box of share 1 - lambda about any pixel, cut off at the edges.
  // Halves are cut to whole pixels first, as in torchvision.
  const std::int64_t x = draws.below(picture.width);
  const std::int64_t y = draws.below(picture.height);
  const double half = 0.5 * std::sqrt(1 - lambda);
  const auto half_width = static_cast<std::int64_t>(half * static_cast<double>(picture.width));
  const auto half_height = static_cast<std::int64_t>(half * static_cast<double>(picture.height));
  const std::int64_t left = std::max<std::int64_t>(x - half_width, 0);
  const std::int64_t top = std::max<std::int64_t>(y - half_height, 0);
  const PixelBox box = {top, left, std::min(y + half_height, picture.height) - top,
                        std::min(x + half_width, picture.width) - left};
  const double share = static_cast<double>(box.width) * static_cast<double>(box.height) /
                       (static_cast<double>(picture.width) * static_cast<double>(picture.height));
  return {1 - share, box};
}

}  // namespace

double draw_beta(Draws& draws, double alpha) {
  // Of two Gamma variables the first over the sum is Beta(alpha, alpha).
  const double a = draw_log_gamma(draws, alpha);
  const double b = draw_log_gamma(draws, alpha);
  return 1 / (1 + std::exp(b - a));
}

std::optional<BatchMix> draw_mix(const AugmentOptions& options, const Rng& rng, Size picture) {
  if (!options.mixes_batches()) return std::nullopt;
  Draws draws(rng);
  // Drawn where one of the two is on as well: the numbers behind it stay the same.
  const bool second = draws.chance(0.5);
  const bool cutmix = options.cutmix_alpha > 0 && (options.mixup_alpha <= 0 || second);
  if (cutmix) return draw_cutmix(draws, options.cutmix_alpha, picture);
  return BatchMix{draw_beta(draws, options.mixup_alpha), std::nullopt};
}

}  // namespace attune
