#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/field.h"

namespace attune {

/// Random changes of the pictures a run trains on. Nothing is changed by default. Probabilities,
/// ranges and tables are those of torchvision.transforms.v2.
struct AugmentOptions {
  bool random_resized_crop = false;
  double crop_scale_min = 0.08, crop_scale_max = 1;
  double crop_ratio_min = 3.0 / 4, crop_ratio_max = 4.0 / 3;
  std::optional<std::int64_t> random_crop_padding;
  double horizontal_flip = 0, vertical_flip = 0;
  double random_rotation = 0;
  bool rand_augment = false;
  std::int64_t rand_augment_num_ops = 2, rand_augment_magnitude = 9;
  bool trivial_augment = false;
  double jitter_brightness = 0, jitter_contrast = 0, jitter_saturation = 0, jitter_hue = 0;
  double random_erasing = 0;
  double mixup_alpha = 0, cutmix_alpha = 0;

  /// Whether pictures are changed at random, one by one: features of a frozen part then differ
  /// from epoch to epoch.
  bool changes_pictures() const;
  bool mixes_batches() const { return mixup_alpha > 0 || cutmix_alpha > 0; }

  template <typename V>
  void visit(V& v) {
    const config::Bounds probability = config::in_range(0, 1);
    v("random_resized_crop", random_resized_crop,
      "Train on a random part of each picture, resized to the model's input");
    v("crop_scale_min", crop_scale_min, "Smallest share of a picture's area to crop",
      config::Bounds{.min = 0, .max = 1, .min_is_open = true})
        .only_with("random_resized_crop");
    v("crop_scale_max", crop_scale_max, "Largest share of a picture's area to crop",
      config::Bounds{.min = 0, .max = 1, .min_is_open = true})
        .only_with("random_resized_crop");
    v("crop_ratio_min", crop_ratio_min, "Smallest width of a crop as a multiple of its height",
      config::in_range(0.01, 100))
        .only_with("random_resized_crop");
    v("crop_ratio_max", crop_ratio_max, "Largest width of a crop as a multiple of its height",
      config::in_range(0.01, 100))
        .only_with("random_resized_crop");
    v("random_crop_padding", random_crop_padding,
      "Pad pictures with this many black pixels and crop the model's input size at random (CIFAR: "
      "4)",
      config::in_range(0, 4096));
    v("horizontal_flip", horizontal_flip, "Probability of mirroring left and right", probability);
    v("vertical_flip", vertical_flip, "Probability of mirroring top and bottom", probability);
    v("random_rotation", random_rotation, "Rotate by a random angle of up to this many degrees",
      config::in_range(0, 180));
    v("rand_augment", rand_augment, "RandAugment (Cubuk et al. 2019)");
    v("rand_augment_num_ops", rand_augment_num_ops, "Operations RandAugment applies to a picture",
      config::in_range(1, 16))
        .only_with("rand_augment");
    v("rand_augment_magnitude", rand_augment_magnitude, "Strength of RandAugment's operations",
      config::in_range(0, 30))
        .only_with("rand_augment");
    v("trivial_augment", trivial_augment, "TrivialAugment Wide (Mueller and Hutter 2021)");
    v("jitter_brightness", jitter_brightness,
      "Multiply brightness by a random factor from 1 - this to 1 + this", config::in_range(0, 10));
    v("jitter_contrast", jitter_contrast,
      "Multiply contrast by a random factor from 1 - this to 1 + this", config::in_range(0, 10));
    v("jitter_saturation", jitter_saturation,
      "Multiply saturation by a random factor from 1 - this to 1 + this", config::in_range(0, 10));
    v("jitter_hue", jitter_hue, "Turn the hue by a random share of the circle of up to this",
      config::in_range(0, 0.5));
    v("random_erasing", random_erasing, "Probability of blanking a random rectangle", probability);
    v("mixup_alpha", mixup_alpha, "Mixup: parameter of the Beta distribution (0: off)",
      config::in_range(0, 1000));
    v("cutmix_alpha", cutmix_alpha,
      "CutMix: parameter of the Beta distribution (0: off); beside Mixup each batch gets one of "
      "them",
      config::in_range(0, 1000));
  }
};

/// What contradicts itself between the options, one text for each problem.
std::vector<std::string> find_problems(const AugmentOptions& options);

/// The options that cannot work on pictures of more than 8 bits (`FloatImage`), one text for each.
std::vector<std::string> find_deep_picture_problems(const AugmentOptions& options);

}  // namespace attune
