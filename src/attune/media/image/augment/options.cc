#include "attune/media/image/augment/options.h"

#include "attune/config/values.h"

namespace attune {
namespace {

void check_range(std::vector<std::string>& problems, const char* name, double min, double max) {
  if (min > max) {
    problems.push_back(
        fmt::format("{0}_min must not be above {0}_max, got {1} and {2}", name, min, max));
  }
}

}  // namespace

bool AugmentOptions::changes_pictures() const {
  return random_resized_crop || random_crop_padding || horizontal_flip > 0 || vertical_flip > 0 ||
         random_rotation > 0 || rand_augment || trivial_augment || jitter_brightness > 0 ||
         jitter_contrast > 0 || jitter_saturation > 0 || jitter_hue > 0 || random_erasing > 0;
}

std::vector<std::string> find_problems(const AugmentOptions& options) {
  std::vector<std::string> problems = config::find_without_effect(options);
  check_range(problems, "crop_scale", options.crop_scale_min, options.crop_scale_max);
  check_range(problems, "crop_ratio", options.crop_ratio_min, options.crop_ratio_max);
  if (options.random_resized_crop && options.random_crop_padding) {
    problems.push_back(
        "random_resized_crop and random_crop_padding both choose the crop; use one of them");
  }
  if (options.rand_augment && options.trivial_augment) {
    problems.push_back("rand_augment and trivial_augment are alternatives; use one of them");
  }
  return problems;
}

std::vector<std::string> find_deep_picture_problems(const AugmentOptions& options) {
  std::vector<std::string> problems;
  const auto refuse = [&](bool used, const char* name) {
    if (!used) return;
    problems.push_back(fmt::format(
        "{} works on pictures of 8 bits, and these have more; leave it out (crops, flips, "
        "rotation, "
        "jitter_brightness, jitter_contrast, jitter_saturation and random_erasing work)",
        name));
  };
  refuse(options.rand_augment, "rand_augment");
  refuse(options.trivial_augment, "trivial_augment");
  refuse(options.jitter_hue > 0, "jitter_hue");
  return problems;
}

}  // namespace attune
