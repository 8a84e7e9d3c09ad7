#pragma once

#include <cstdint>
#include <span>

#include <ATen/core/Tensor.h>

#include "attune/media/image/image.h"
#include "attune/models/image/image_classifier.h"

namespace attune {

/// Grad-CAM (Selvaraju et al. 2017, arXiv 1610.02391): where a picture speaks for a class. The last
/// feature maps are weighed by the mean gradient of the class's logit, summed, and what is negative
/// is dropped. `pixels` float [N, C, H, W]; `classes` one a picture. Float [N, H, W] in [0, 1],
/// each picture's largest value 1 (all 0 where nothing speaks for the class). The model's mode and
/// its gradients are left as they were.
at::Tensor grad_cam(ImageClassifier& model, const at::Tensor& pixels,
                    std::span<const std::int64_t> classes);

/// `heat` (float [H, W] in [0, 1]) laid over a picture of its size: blue where low, red where high.
Image heat_overlay(const Image& picture, const at::Tensor& heat);

}  // namespace attune
