#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "attune/media/image/augment/draws.h"
#include "attune/media/image/image.h"

namespace attune {

/// The operations of RandAugment and TrivialAugment Wide, in torchvision's order.
enum class PolicyOp {
  identity,
  shear_x,
  shear_y,
  translate_x,
  translate_y,
  rotate,
  brightness,
  color,
  contrast,
  sharpness,
  posterize,
  solarize,
  autocontrast,
  equalize,
};

constexpr auto enum_names(PolicyOp) {
  return std::to_array<std::pair<PolicyOp, std::string_view>>(
      {{PolicyOp::identity, "Identity"},
       {PolicyOp::shear_x, "ShearX"},
       {PolicyOp::shear_y, "ShearY"},
       {PolicyOp::translate_x, "TranslateX"},
       {PolicyOp::translate_y, "TranslateY"},
       {PolicyOp::rotate, "Rotate"},
       {PolicyOp::brightness, "Brightness"},
       {PolicyOp::color, "Color"},
       {PolicyOp::contrast, "Contrast"},
       {PolicyOp::sharpness, "Sharpness"},
       {PolicyOp::posterize, "Posterize"},
       {PolicyOp::solarize, "Solarize"},
       {PolicyOp::autocontrast, "AutoContrast"},
       {PolicyOp::equalize, "Equalize"}});
}

enum class PolicySpace { rand_augment, trivial_augment_wide };

constexpr int kMagnitudeBins = 31;

/// One entry of torchvision's _AUGMENTATION_SPACE: the strength of bin 0 to 30, null where the
/// operation has none. `picture` matters for RandAugment's translations alone.
std::optional<double> policy_magnitude(PolicySpace space, PolicyOp op, int bin, Size picture);

/// Whether a strength gets a random sign.
bool is_signed(PolicyOp op);

/// An operation as drawn.
struct PolicyStep {
  PolicyOp op = PolicyOp::identity;
  double magnitude = 0;
  bool operator==(const PolicyStep&) const = default;
};

/// torchvision's RandAugment.forward and TrivialAugmentWide.forward.
std::vector<PolicyStep> draw_rand_augment(Draws& draws, std::int64_t num_ops, int bin,
                                          Size picture);
PolicyStep draw_trivial_augment(Draws& draws, Size picture);

/// torchvision's _apply_image_or_video_transform on a PIL picture, nearest sampling, black fill.
Image apply_policy_step(Image image, const PolicyStep& step);

}  // namespace attune
