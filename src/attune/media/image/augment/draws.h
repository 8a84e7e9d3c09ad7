#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "attune/media/draws.h"
#include "attune/media/image/augment/options.h"
#include "attune/media/image/image.h"

namespace attune {

/// torchvision's RandomResizedCrop.make_params: ten tries of an area (uniform share) and a ratio of
/// width to height (log-uniform) that fit, else the largest middle part of an allowed ratio.
PixelBox draw_resized_crop(Draws& draws, Size picture, const AugmentOptions& options);

/// torchvision's RandomCrop: a box of size `crop` anywhere in the picture padded on each side;
/// its corner is relative to the picture and may be negative. Throws `data` where it cannot fit.
PixelBox draw_padded_crop(Draws& draws, Size picture, std::int64_t padding, Size crop);

/// torchvision's RandomErasing.make_params (share of area 0.02 to 0.33, ratio 0.3 to 3.3); null
/// where none of ten tries fits.
std::optional<PixelBox> draw_erasing(Draws& draws, Size picture);

/// What ColorJitter does to one picture.
struct ColorJitter {
  enum Step { brightness, contrast, saturation, hue };
  std::array<Step, 4> order = {brightness, contrast, saturation, hue};
  /// By step; null where it is off.
  std::array<std::optional<double>, 4> factors;
};

/// torchvision's ColorJitter.make_params: factors uniform in [max(0, 1 - j), 1 + j], hue in [-j,
/// j], steps in random order.
ColorJitter draw_color_jitter(Draws& draws, const AugmentOptions& options);

}  // namespace attune
