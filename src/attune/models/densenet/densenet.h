#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/models/densenet/densenet_config.h"
#include "attune/nn/layers/batch_norm.h"
#include "attune/nn/layers/conv2d.h"
#include "attune/nn/layers/dropout.h"
#include "attune/nn/layers/linear.h"

namespace attune {

// DenseNet-BC (Huang et al. 2017, arXiv 1608.06993). Parameter names are those of
// https://github.com/pytorch/vision/blob/v0.28.0/torchvision/models/densenet.py

/// H(x): norm, relu, 1x1, norm, relu, 3x3, on the concatenation of all that came before.
class DenseLayer : public nn::Module {
 public:
  DenseLayer(const DenseNetConfig& config, std::int64_t in);
  /// [N, growth_rate, H, W].
  at::Tensor forward(const std::vector<at::Tensor>& features);

 private:
  std::shared_ptr<nn::BatchNorm2d> norm1_, norm2_;
  std::shared_ptr<nn::Conv2d> conv1_, conv2_;
};

/// Between two blocks: norm, relu, 1x1 to half the channels, 2x2 average.
class DenseTransition : public nn::Module {
 public:
  explicit DenseTransition(std::int64_t in);
  at::Tensor forward(const at::Tensor& x);

 private:
  std::shared_ptr<nn::BatchNorm2d> norm_;
  std::shared_ptr<nn::Conv2d> conv_;
};

class DenseNet : public ImageClassifier {
 public:
  explicit DenseNet(DenseNetConfig config);

  /// The stem, each block with the transition behind it (the last one with norm5), the head.
  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  ImageClassifierInfo info() const override { return config_.info(); }

 private:
  std::int64_t body_groups() const override {
    return 1 + static_cast<std::int64_t>(blocks_.size());
  }
  at::Tensor run_body(std::int64_t group, const at::Tensor& x) override;
  at::Tensor run_head(const at::Tensor& pooled) override;

  DenseNetConfig config_;
  std::shared_ptr<nn::Conv2d> conv0_;
  std::shared_ptr<nn::BatchNorm2d> norm0_, norm5_;
  std::vector<std::vector<std::shared_ptr<DenseLayer>>> blocks_;
  std::vector<std::shared_ptr<DenseTransition>> transitions_;
  std::shared_ptr<nn::Dropout> dropout_;
  std::shared_ptr<nn::Linear> classifier_;
};

}  // namespace attune
