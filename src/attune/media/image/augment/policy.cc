#include "attune/media/image/augment/policy.h"

#include <cmath>
#include <numbers>

#include "attune/base/error.h"
#include "attune/media/image/augment/affine.h"
#include "attune/media/image/augment/color_ops.h"

namespace attune {
namespace {

/// torch.linspace(start, end, 31)[bin]: single precision, the second half counted from the end.
double linspace(double start, double end, int bin) {
  const auto from = static_cast<float>(start), to = static_cast<float>(end);
  const float step = (to - from) / static_cast<float>(kMagnitudeBins - 1);
  if (bin < kMagnitudeBins / 2) return std::fma(step, static_cast<float>(bin), from);
  return std::fma(-step, static_cast<float>(kMagnitudeBins - 1 - bin), to);
}

/// torch rounds halves to even; so does nearbyint.
double posterize_bits(double most, int bin) {
  return std::nearbyint(8 - bin / ((kMagnitudeBins - 1) / most));
}

struct Ranges {
  double shear, rotation, factor, posterize;
};

Ranges ranges_of(PolicySpace space) {
  return space == PolicySpace::rand_augment ? Ranges{0.3, 30, 0.9, 4} : Ranges{0.99, 135, 0.99, 6};
}

/// 150 of 331 pixels is the range of AutoAugment, which torchvision scales to the picture;
/// TrivialAugment Wide shifts any picture by up to 32.
double translation(PolicySpace space, std::int64_t side) {
  return space == PolicySpace::rand_augment ? 150.0 / 331.0 * static_cast<double>(side) : 32.0;
}

Image shear(const Image& image, double x, double y) {
  // atan, since the affine transform takes angles and their tangent again: the level itself is the
  // slope.
  const auto degrees = [](double level) { return std::atan(level) * (180 / std::numbers::pi); };
  return transform_affine(image,
                          inverse_affine({.shear_x = degrees(x), .shear_y = degrees(y)}, 0, 0),
                          Sampling::nearest);
}

Image translate(const Image& image, double x, double y) {
  // int() in _apply_image_or_video_transform.
  const AffineParameters parameters = {.translate_x = std::trunc(x), .translate_y = std::trunc(y)};
  return transform_affine(image, inverse_affine(parameters, 0, 0), Sampling::nearest);
}

PolicyStep draw_step(Draws& draws, PolicySpace space, std::optional<int> bin, Size picture) {
  const auto op =
      static_cast<PolicyOp>(draws.below(static_cast<std::int64_t>(enum_names(PolicyOp{}).size())));
  const int drawn = bin ? *bin : static_cast<int>(draws.below(kMagnitudeBins));
  // Drawn for operations without a sign as well: what follows does not depend on them.
  const bool negative = draws.chance(0.5);
  const double magnitude = policy_magnitude(space, op, drawn, picture).value_or(0);
  return {op, is_signed(op) && negative ? -magnitude : magnitude};
}

}  // namespace

bool is_signed(PolicyOp op) {
  return op >= PolicyOp::shear_x && op <= PolicyOp::sharpness;
}

std::optional<double> policy_magnitude(PolicySpace space, PolicyOp op, int bin, Size picture) {
  check(bin >= 0 && bin < kMagnitudeBins, ErrorKind::internal, "magnitude bin {} of {}", bin,
        kMagnitudeBins);
  const Ranges ranges = ranges_of(space);
  switch (op) {
    case PolicyOp::shear_x:
    case PolicyOp::shear_y:
      return linspace(0, ranges.shear, bin);
    case PolicyOp::translate_x:
      return linspace(0, translation(space, picture.width), bin);
    case PolicyOp::translate_y:
      return linspace(0, translation(space, picture.height), bin);
    case PolicyOp::rotate:
      return linspace(0, ranges.rotation, bin);
    case PolicyOp::brightness:
    case PolicyOp::color:
    case PolicyOp::contrast:
    case PolicyOp::sharpness:
      return linspace(0, ranges.factor, bin);
    case PolicyOp::posterize:
      return posterize_bits(ranges.posterize, bin);
    case PolicyOp::solarize:
      return linspace(1, 0, bin);
    case PolicyOp::identity:
    case PolicyOp::autocontrast:
    case PolicyOp::equalize:
      break;
  }
  return std::nullopt;
}

std::vector<PolicyStep> draw_rand_augment(Draws& draws, std::int64_t num_ops, int bin,
                                          Size picture) {
  std::vector<PolicyStep> steps;
  for (std::int64_t i = 0; i < num_ops; ++i) {
    steps.push_back(draw_step(draws, PolicySpace::rand_augment, bin, picture));
  }
  return steps;
}

PolicyStep draw_trivial_augment(Draws& draws, Size picture) {
  return draw_step(draws, PolicySpace::trivial_augment_wide, std::nullopt, picture);
}

Image apply_policy_step(Image image, const PolicyStep& step) {
  const double level = step.magnitude;
  switch (step.op) {
    case PolicyOp::identity:
      return image;
    case PolicyOp::shear_x:
      return shear(image, level, 0);
    case PolicyOp::shear_y:
      return shear(image, 0, level);
    case PolicyOp::translate_x:
      return translate(image, level, 0);
    case PolicyOp::translate_y:
      return translate(image, 0, level);
    case PolicyOp::rotate:
      return rotate(image, level, Sampling::nearest);
    case PolicyOp::brightness:
      return adjust_brightness(std::move(image), 1 + level);
    case PolicyOp::color:
      return adjust_saturation(std::move(image), 1 + level);
    case PolicyOp::contrast:
      return adjust_contrast(std::move(image), 1 + level);
    case PolicyOp::sharpness:
      return adjust_sharpness(image, 1 + level);
    case PolicyOp::posterize:
      return posterize(std::move(image), static_cast<int>(level));
    case PolicyOp::solarize:
      return solarize(std::move(image), 255 * level);
    case PolicyOp::autocontrast:
      return autocontrast(std::move(image));
    case PolicyOp::equalize:
      return equalize(std::move(image));
  }
  fail(ErrorKind::internal, "unknown augmentation operation {}", static_cast<int>(step.op));
}

}  // namespace attune
