#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/models/mobilenet_v2/mobilenet_v2_config.h"
#include "attune/nn/layers/batch_norm.h"
#include "attune/nn/layers/conv2d.h"
#include "attune/nn/layers/dropout.h"
#include "attune/nn/layers/linear.h"

namespace attune {

// MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381). Parameter names are those of
// https://github.com/pytorch/vision/blob/v0.28.0/torchvision/models/mobilenetv2.py

/// relu6(norm(conv(x))), as `0` and `1`.
class ConvNormRelu6 : public nn::Module {
 public:
  ConvNormRelu6(const MobileNetV2Config& config, nn::Conv2dShape shape);
  at::Tensor forward(const at::Tensor& x);

 private:
  std::shared_ptr<nn::Conv2d> conv_;
  std::shared_ptr<nn::BatchNorm2d> norm_;
};

/// 1x1 to `width` channels (not where `width` is `in`), 3x3 of each channel, 1x1 to `out` without
/// an activation: the linear bottleneck. x is added where the shape stays, but never in the block
/// that does not expand (upstream; torchvision would, at widths below 0.3 that it has no weights
/// of).
class InvertedResidual : public nn::Module {
 public:
  InvertedResidual(const MobileNetV2Config& config, std::int64_t in, std::int64_t width,
                   std::int64_t out, std::int64_t stride, bool expands);
  at::Tensor forward(const at::Tensor& x);

 private:
  bool adds_input_;
  std::vector<std::shared_ptr<ConvNormRelu6>> layers_;
  std::shared_ptr<nn::Conv2d> project_;
  std::shared_ptr<nn::BatchNorm2d> project_norm_;
};

class MobileNetV2 : public ImageClassifier {
 public:
  explicit MobileNetV2(MobileNetV2Config config);

  /// The first convolution, the seven stages of the paper's table 2, the last convolution, the
  /// head.
  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  /// Hugging Face's (see mobilenet_v2_names.h).
  std::string saved_name(const std::string& name) const override;
  ImageClassifierInfo info() const override { return config_.info(); }

 private:
  std::int64_t body_groups() const override;
  at::Tensor run_body(std::int64_t group, const at::Tensor& x) override;
  at::Tensor run_head(const at::Tensor& pooled) override;

  MobileNetV2Config config_;
  std::shared_ptr<ConvNormRelu6> first_, last_;
  std::vector<std::shared_ptr<InvertedResidual>> blocks_;
  std::shared_ptr<nn::Dropout> dropout_;
  std::shared_ptr<nn::Linear> head_;
};

}  // namespace attune
