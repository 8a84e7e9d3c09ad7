#include "attune/media/image/augment/augmenter.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "attune/base/error.h"
#include "attune/media/image/augment/affine.h"
#include "attune/media/image/augment/color_ops.h"
#include "attune/media/image/geometry.h"

namespace attune {
namespace {

void check_none(const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "; ") + problem;
  fail(ErrorKind::user, "augmentation: {}", text);
}

/// The crop in a picture that the decoder shrank from `full` to `size`, relative to the whole
/// pixels that hold it.
Box inner_box(const PixelBox& crop, Size full, Size size, const PixelBox& pixels) {
  const double y = static_cast<double>(size.height) / static_cast<double>(full.height);
  const double x = static_cast<double>(size.width) / static_cast<double>(full.width);
  const auto place = [](std::int64_t edge, double scale, std::int64_t first, std::int64_t count) {
    return std::clamp(static_cast<double>(edge) * scale - static_cast<double>(first), 0.0,
                      static_cast<double>(count));
  };
  return {place(crop.left, x, pixels.left, pixels.width),
          place(crop.top, y, pixels.top, pixels.height),
          place(crop.left + crop.width, x, pixels.left, pixels.width),
          place(crop.top + crop.height, y, pixels.top, pixels.height)};
}

template <typename Sample>
Raster<Sample> apply_jitter(Raster<Sample> image, const ColorJitter& jitter) {
  for (const ColorJitter::Step step : jitter.order) {
    const std::optional<double>& factor = jitter.factors[step];
    if (!factor) continue;
    if (step == ColorJitter::brightness) image = adjust_brightness(std::move(image), *factor);
    if (step == ColorJitter::contrast) image = adjust_contrast(std::move(image), *factor);
    if (step == ColorJitter::saturation) image = adjust_saturation(std::move(image), *factor);
    if constexpr (std::is_same_v<Sample, std::uint8_t>) {
      if (step == ColorJitter::hue) image = adjust_hue(std::move(image), *factor);
    }
  }
  return image;
}

}  // namespace

Augmenter::Augmenter(AugmentOptions options, AugmentTarget target)
    : options_(std::move(options)), target_(target) {
  check_none(find_problems(options_));
  check(!sets_size() || (target_.size.height > 0 && target_.size.width > 0), ErrorKind::internal,
        "random crops need a target of at least 1 x 1, got {} x {}", target_.size.width,
        target_.size.height);
}

bool Augmenter::sets_size() const {
  return options_.random_resized_crop || options_.random_crop_padding;
}

AugmentPlan Augmenter::plan(Size picture, const AugmentKey& key) const {
  check(picture.height > 0 && picture.width > 0, ErrorKind::data,
        "cannot augment a picture of {} x {} pixels", picture.width, picture.height);
  AugmentPlan plan;
  plan.picture = picture;
  Draws crop(key, "crop");
  if (options_.random_resized_crop) plan.crop = draw_resized_crop(crop, picture, options_);
  if (options_.random_crop_padding) {
    plan.crop = draw_padded_crop(crop, picture, *options_.random_crop_padding, target_.size);
  }
  const Size size = sets_size() ? target_.size : picture;
  Draws flip(key, "flip"), rotation(key, "rotation"), policy(key, "policy"), jitter(key, "jitter"),
      erasing(key, "erasing");
  plan.flip_horizontal = flip.chance(options_.horizontal_flip);
  plan.flip_vertical = flip.chance(options_.vertical_flip);
  plan.rotation = rotation.uniform(-options_.random_rotation, options_.random_rotation);
  if (options_.rand_augment) {
    plan.policy = draw_rand_augment(policy, options_.rand_augment_num_ops,
                                    static_cast<int>(options_.rand_augment_magnitude), size);
  }
  if (options_.trivial_augment) plan.policy = {draw_trivial_augment(policy, size)};
  plan.jitter = draw_color_jitter(jitter, options_);
  if (erasing.chance(options_.random_erasing)) plan.erasing = draw_erasing(erasing, size);
  return plan;
}

std::optional<Size> Augmenter::min_decode_size(const AugmentPlan& plan) const {
  if (!options_.random_resized_crop || !plan.crop) return std::nullopt;
  const auto needed = [](std::int64_t full, std::int64_t target, std::int64_t crop) {
    // Rounded up, so that the crop of the shrunk picture is never smaller than the target.
    return (full * target + crop - 1) / crop;
  };
  const Size size = {needed(plan.picture.height, target_.size.height, plan.crop->height),
                     needed(plan.picture.width, target_.size.width, plan.crop->width)};
  const bool shrinks = size.height < plan.picture.height && size.width < plan.picture.width;
  return shrinks ? std::optional(size) : std::nullopt;
}

DecodeOptions Augmenter::decode_options(const AugmentPlan& plan, bool shrink) const {
  DecodeOptions options;
  if (options_.random_resized_crop) options.region = plan.crop;
  if (shrink) options.min_size = min_decode_size(plan);
  return options;
}

/// As torchvision, the crop is cut out before it is resized: nothing from beside it gets in, which
/// the filter would see through the box of `resize` alone. The copy costs little beside the resize.
template <typename Sample>
Raster<Sample> Augmenter::cut(const Raster<Sample>& image, const AugmentPlan& plan) const {
  if (image.size() == plan.picture) {
    const PixelBox& box = *plan.crop;
    Raster<Sample> part = crop(image, box.top, box.left, Size{box.height, box.width});
    return part.size() == target_.size ? part : resize(part, target_.size, target_.filter);
  }
  const PixelBox box = scaled_box(*plan.crop, plan.picture, image.size());
  return resize(crop(image, box.top, box.left, Size{box.height, box.width}), target_.size,
                target_.filter, inner_box(*plan.crop, plan.picture, image.size(), box));
}

template <typename Sample>
Raster<Sample> Augmenter::move_pixels(Raster<Sample> image, const AugmentPlan& plan) const {
  check(image.channels == 1 || image.channels == 3, ErrorKind::internal,
        "pictures are augmented with 1 or 3 channels, got {}", image.channels);
  const bool in_full = image.size() == plan.picture;
  const bool shrunk = options_.random_resized_crop && image.height <= plan.picture.height &&
                      image.width <= plan.picture.width && !image.empty();
  check(in_full || shrunk, ErrorKind::internal, "a plan for {} x {} pixels, a picture of {} x {}",
        plan.picture.width, plan.picture.height, image.width, image.height);
  // The order of torchvision's references/classification/presets.py: crop, flip, policy, erasing at
  // the end. Rotation and jitter, which it lacks, stand beside their kind.
  if (plan.crop) image = cut(image, plan);
  if (plan.flip_horizontal) image = flip_horizontal(image);
  if (plan.flip_vertical) image = flip_vertical(image);
  if (plan.rotation != 0) image = rotate(image, plan.rotation, Sampling::bilinear);
  return image;
}

template <typename Sample>
void Augmenter::erase(Raster<Sample>& image, const AugmentPlan& plan) const {
  if (!plan.erasing) return;
  const PixelBox& box = *plan.erasing;
  for (std::int64_t y = box.top; y < box.top + box.height; ++y) {
    Sample* out = image.row(y) + box.left * image.channels;
    for (std::int64_t i = 0; i < box.width * image.channels; ++i) {
      const float value = target_.erase_value[static_cast<std::size_t>(i % image.channels)];
      out[i] = std::is_integral_v<Sample> ? static_cast<Sample>(std::lround(value))
                                          : static_cast<Sample>(value);
    }
  }
}

Image Augmenter::apply(Image image, const AugmentPlan& plan) const {
  image = move_pixels(std::move(image), plan);
  for (const PolicyStep& step : plan.policy) image = apply_policy_step(std::move(image), step);
  image = apply_jitter(std::move(image), plan.jitter);
  erase(image, plan);
  return image;
}

FloatImage Augmenter::apply(FloatImage image, const AugmentPlan& plan) const {
  check_none(find_deep_picture_problems(options_));
  image = move_pixels(std::move(image), plan);
  image = apply_jitter(std::move(image), plan.jitter);
  erase(image, plan);
  return image;
}

Picture Augmenter::apply(Picture picture, const AugmentKey& key) const {
  return std::visit(
      [&](auto&& image) -> Picture {
        const AugmentPlan drawn = plan(image.size(), key);
        return apply(std::move(image), drawn);
      },
      std::move(picture));
}

}  // namespace attune
