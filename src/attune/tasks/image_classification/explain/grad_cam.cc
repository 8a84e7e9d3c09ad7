#include "attune/tasks/image_classification/explain/grad_cam.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include "attune/base/error.h"
#include "attune/nn/device.h"
#include "attune/tasks/run/evaluation_mode.h"

namespace attune {
namespace {

constexpr float kHeatShare = 0.45F;  // of the overlay, the rest is the picture

/// MATLAB's "jet": blue, cyan, yellow, red.
std::uint8_t jet(float value, float center) {
  const float level = std::clamp(1.5F - std::fabs(4 * value - center), 0.F, 1.F);
  return static_cast<std::uint8_t>(std::lround(255 * level));
}

}  // namespace

at::Tensor grad_cam(ImageClassifier& model, const at::Tensor& pixels,
                    std::span<const std::int64_t> classes) {
  const auto count = static_cast<std::int64_t>(classes.size());
  check(pixels.size(0) == count, ErrorKind::internal, "{} pictures but {} classes", pixels.size(0),
        count);
  const EvaluationMode evaluation_mode(model);
  // Nothing below the map is differentiated: the body runs without a graph.
  at::Tensor map;
  {
    const at::NoGradGuard no_grad;
    map = model.feature_map(pixels.to(device_of(model)));
  }
  const at::AutoGradMode with_grad(true);
  map.requires_grad_(true);
  const at::Tensor logits = model.classify(map);
  // In evaluation mode the pictures of a batch have no part in each other's logits, so the gradient
  // of the sum is each one's own: one backward pass for all.
  at::Tensor chosen = at::zeros({}, logits.options());
  for (std::int64_t n = 0; n < count; ++n) {
    chosen = chosen + logits[n][classes[static_cast<std::size_t>(n)]];
  }
  const at::Tensor gradient = torch::autograd::grad({chosen}, {map}).front();

  const at::NoGradGuard no_grad;
  // The paper's equations 1 (weights) and 2 (their rectified sum).
  const at::Tensor weights = gradient.mean({2, 3}, /*keepdim=*/true);
  const at::Tensor heat = at::relu((weights * map.detach()).sum(1, /*keepdim=*/true));
  const at::Tensor large =
      at::upsample_bilinear2d(heat.contiguous(), {pixels.size(2), pixels.size(3)}, false);
  const at::Tensor most = large.amax({1, 2, 3}, /*keepdim=*/true);
  // A map without anything positive stays 0.
  return (large / at::clamp_min(most, 1e-12)).squeeze(1).contiguous().cpu();
}

Image heat_overlay(const Image& picture, const at::Tensor& heat) {
  check(heat.size(0) == picture.height && heat.size(1) == picture.width, ErrorKind::internal,
        "the heat has another size than the picture");
  const at::Tensor values = heat.contiguous();
  const float* const heat_at = values.const_data_ptr<float>();
  Image result(picture.height, picture.width, 3);
  for (std::int64_t i = 0; i < picture.height * picture.width; ++i) {
    const float value = heat_at[i];
    const float colour[3] = {static_cast<float>(jet(value, 3)), static_cast<float>(jet(value, 2)),
                             static_cast<float>(jet(value, 1))};
    for (std::int64_t c = 0; c < 3; ++c) {
      const auto under = static_cast<float>(picture.samples[static_cast<std::size_t>(
          i * picture.channels + (picture.channels == 3 ? c : 0))]);
      const float mixed = kHeatShare * colour[c] + (1 - kHeatShare) * under;
      result.samples[static_cast<std::size_t>(3 * i + c)] =
          static_cast<std::uint8_t>(std::lround(mixed));
    }
  }
  return result;
}

}  // namespace attune
