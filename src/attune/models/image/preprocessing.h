#pragma once

#include <cstdint>

#include "attune/base/json.h"

namespace attune {

// What pictures go through before they become pixels, in the form of preprocessor_config.json.
// Hugging Face's BitImageProcessor and torchvision's evaluation transforms are this chain: resize,
// crop, scale to [0, 1], normalise.

/// torchvision's for ImageNet: the shorter side to size * 256 / 224 (bilinear), the centre square
/// of `size`, ImageNet's mean and deviation.
Json photo_preprocessing(std::int64_t size);
/// Keras' for MobileNet: the shorter side to `shortest_edge`, the centre square of `size`, values
/// to [-1, 1].
Json keras_preprocessing(std::int64_t shortest_edge, std::int64_t size);
/// MedMNIST's: to `size` by `size`, values to [-1, 1].
Json tiny_preprocessing(std::int64_t size);
/// torchxrayvision's: the shorter side to `size`, the middle, values to [-1024, 1024]. (It cuts the
/// middle out before it resizes, with scikit-image's smoothing: the same up to that.)
Json xray_preprocessing(std::int64_t size);
/// For CIFAR: to 32 by 32 (its pictures are), ImageNet's mean and deviation.
Json cifar_preprocessing();

}  // namespace attune
