#include "attune/tasks/image_classification/explain/grad_cam.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <gtest/gtest.h>

#include "attune/models/registry.h"

namespace attune {
namespace {

std::shared_ptr<ImageClassifier> small_network() {
  return make_image_classifier({}, "resnet20_cifar", {.num_labels = 3}).model;
}

/// The definition, with the gradient of the logit by the feature map from autograd on the whole.
TEST(GradCam, IsTheWeightedSumOfTheLastMaps) {
  const auto model = small_network();
  model->eval();
  const at::Tensor pixels = at::randn({1, 3, 32, 32});
  at::Tensor map = model->feature_map(pixels).detach().requires_grad_(true);
  model->classify(map)[0][2].backward();
  const at::Tensor weights = map.grad().mean({2, 3}, true);
  const at::Tensor small = at::relu((weights * map).sum(1)).detach();
  const std::int64_t label = 2;
  const at::Tensor heat = grad_cam(*model, pixels, std::span(&label, 1));
  EXPECT_EQ(heat.sizes(), (std::vector<std::int64_t>{1, 32, 32}));
  const at::Tensor large = at::upsample_bilinear2d(small.unsqueeze(1), {32, 32}, false).squeeze(1);
  const at::Tensor expected = large / at::clamp_min(large.max(), 1e-12);
  EXPECT_LT((heat - expected).abs().max().item<double>(), 1e-5);
  EXPECT_GE(heat.min().item<double>(), 0);
}

TEST(GradCam, LeavesTheModelAsItWas) {
  const auto model = small_network();
  model->train();
  const std::vector<std::int64_t> labels = {0, 1};
  const at::Tensor before = model->tensor("bn1.running_mean").clone();
  grad_cam(*model, at::randn({2, 3, 32, 32}), labels);
  EXPECT_TRUE(model->is_training());
  EXPECT_TRUE(at::equal(model->tensor("bn1.running_mean"), before));
  for (const at::Tensor& parameter : model->parameters()) EXPECT_FALSE(parameter.grad().defined());
}

TEST(HeatOverlay, IsRedWhereItIsHotAndBlueWhereItIsCold) {
  Image picture(1, 2, 1);
  picture.samples = {100, 100};
  const Image overlay = heat_overlay(picture, at::tensor({0.F, 1.F}).view({1, 2}));
  EXPECT_GT(overlay.samples[2], overlay.samples[0]);
  EXPECT_GT(overlay.samples[3], overlay.samples[5]);
}

}  // namespace
}  // namespace attune
