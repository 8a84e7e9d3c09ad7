#include "attune/media/image/augment/draws.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "attune/base/error.h"

namespace attune {
namespace {

constexpr int kTries = 10;
constexpr double kEraseScaleMin = 0.02, kEraseScaleMax = 0.33;
constexpr double kEraseRatioMin = 0.3, kEraseRatioMax = 3.3;

/// Python's round(): half to even, the default rounding mode.
std::int64_t round_int(double value) {
  return static_cast<std::int64_t>(std::nearbyint(value));
}

/// A ratio and its inverse are then equally likely.
double log_uniform(Draws& draws, double low, double high) {
  return std::exp(draws.uniform(std::log(low), std::log(high)));
}

PixelBox center_box(Size picture, double ratio_min, double ratio_max) {
  Size size = picture;
  const double ratio = static_cast<double>(picture.width) / static_cast<double>(picture.height);
  if (ratio < ratio_min) {
    size.height = round_int(static_cast<double>(picture.width) / ratio_min);
  } else if (ratio > ratio_max) {
    size.width = round_int(static_cast<double>(picture.height) * ratio_max);
  }
  // A picture one pixel high may round to no width at all.
  size = {std::max<std::int64_t>(size.height, 1), std::max<std::int64_t>(size.width, 1)};
  return {(picture.height - size.height) / 2, (picture.width - size.width) / 2, size.height,
          size.width};
}

}  // namespace

PixelBox draw_resized_crop(Draws& draws, Size picture, const AugmentOptions& options) {
  const double area = static_cast<double>(picture.height) * static_cast<double>(picture.width);
  for (int i = 0; i < kTries; ++i) {
    const double target = area * draws.uniform(options.crop_scale_min, options.crop_scale_max);
    const double ratio = log_uniform(draws, options.crop_ratio_min, options.crop_ratio_max);
    const std::int64_t width = round_int(std::sqrt(target * ratio));
    const std::int64_t height = round_int(std::sqrt(target / ratio));
    if (width < 1 || width > picture.width || height < 1 || height > picture.height) continue;
    const std::int64_t top = draws.below(picture.height - height + 1);
    const std::int64_t left = draws.below(picture.width - width + 1);
    return {top, left, height, width};
  }
  return center_box(picture, options.crop_ratio_min, options.crop_ratio_max);
}

PixelBox draw_padded_crop(Draws& draws, Size picture, std::int64_t padding, Size crop) {
  const std::int64_t rows = picture.height + 2 * padding - crop.height;
  const std::int64_t columns = picture.width + 2 * padding - crop.width;
  check(rows >= 0 && columns >= 0, ErrorKind::data,
        "a picture of {} x {} pixels (width x height), padded by {}, is smaller than the {} x {} "
        "that random_crop_padding shall cut out of it; use random_resized_crop for pictures of "
        "any size",
        picture.width, picture.height, padding, crop.width, crop.height);
  const std::int64_t top = draws.below(rows + 1);
  const std::int64_t left = draws.below(columns + 1);
  return {top - padding, left - padding, crop.height, crop.width};
}

std::optional<PixelBox> draw_erasing(Draws& draws, Size picture) {
  const double area = static_cast<double>(picture.height) * static_cast<double>(picture.width);
  for (int i = 0; i < kTries; ++i) {
    const double target = area * draws.uniform(kEraseScaleMin, kEraseScaleMax);
    const double ratio = log_uniform(draws, kEraseRatioMin, kEraseRatioMax);
    // Height over width, other than for crops; both are as in torchvision, which takes no rectangle
    // as high or as wide as the picture either.
    const std::int64_t height = round_int(std::sqrt(target * ratio));
    const std::int64_t width = round_int(std::sqrt(target / ratio));
    if (height >= picture.height || width >= picture.width) continue;
    const std::int64_t top = draws.below(picture.height - height + 1);
    const std::int64_t left = draws.below(picture.width - width + 1);
    return PixelBox{top, left, height, width};
  }
  return std::nullopt;
}

ColorJitter draw_color_jitter(Draws& draws, const AugmentOptions& options) {
  ColorJitter jitter;
  for (std::size_t i = jitter.order.size(); i > 1; --i) {
    const auto j = static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(i)));
    std::swap(jitter.order[i - 1], jitter.order[j]);
  }
  const std::array ranges = {options.jitter_brightness, options.jitter_contrast,
                             options.jitter_saturation};
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    // Drawn where the step is off as well: turning one on leaves the numbers of the others.
    const double factor = draws.uniform(std::max(0.0, 1 - ranges[i]), 1 + ranges[i]);
    if (ranges[i] > 0) jitter.factors[i] = factor;
  }
  const double turn = draws.uniform(-options.jitter_hue, options.jitter_hue);
  if (options.jitter_hue > 0) jitter.factors[ColorJitter::hue] = turn;
  return jitter;
}

}  // namespace attune
