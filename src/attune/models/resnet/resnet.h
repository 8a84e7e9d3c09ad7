#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attune/models/resnet/resnet_config.h"
#include "attune/nn/layers/batch_norm.h"
#include "attune/nn/layers/conv2d.h"
#include "attune/nn/layers/dropout.h"
#include "attune/nn/layers/linear.h"

namespace attune {

// ResNet (He et al. 2016, arXiv 1512.03385), ResNeXt (Xie et al. 2017, arXiv 1611.05431) and wide
// ResNet (Zagoruyko and Komodakis 2016, arXiv 1605.07146). Parameter names are those of
// https://github.com/pytorch/vision/blob/v0.28.0/torchvision/models/resnet.py
// (the head of a network with zero-padded shortcuts is called `linear`, as in
// https://github.com/akamaster/pytorch_resnet_cifar10).

/// y = relu(F(x) + shortcut(x)): what both kinds of blocks share. Where the shape changes the
/// shortcut is `downsample`, a 1x1 convolution and a normalisation, or the zero-padded x.
class ResNetBlock : public nn::Module {
 public:
  ResNetBlock(const ResNetConfig& config, std::int64_t in, std::int64_t out, std::int64_t stride);
  at::Tensor forward(const at::Tensor& x);

 protected:
  /// relu(F(x) + shortcut).
  virtual at::Tensor join(const at::Tensor& x, const at::Tensor& shortcut) = 0;

 private:
  at::Tensor shortcut(const at::Tensor& x);

  std::int64_t new_channels_, stride_;
  std::shared_ptr<nn::Conv2d> projection_;
  std::shared_ptr<nn::BatchNorm2d> projection_norm_;
};

/// F: 3x3, 3x3.
class BasicBlock : public ResNetBlock {
 public:
  BasicBlock(const ResNetConfig& config, std::int64_t in, std::int64_t out, std::int64_t stride);

 private:
  at::Tensor join(const at::Tensor& x, const at::Tensor& shortcut) override;

  std::shared_ptr<nn::Conv2d> conv1_, conv2_;
  std::shared_ptr<nn::BatchNorm2d> bn1_, bn2_;
};

/// F: 1x1 to `width` channels, 3x3, 1x1 to `out`.
class Bottleneck : public ResNetBlock {
 public:
  Bottleneck(const ResNetConfig& config, std::int64_t in, std::int64_t width, std::int64_t out,
             std::int64_t stride);

 private:
  at::Tensor join(const at::Tensor& x, const at::Tensor& shortcut) override;

  std::shared_ptr<nn::Conv2d> conv1_, conv2_, conv3_;
  std::shared_ptr<nn::BatchNorm2d> bn1_, bn2_, bn3_;
};

class ResNet : public ImageClassifier {
 public:
  explicit ResNet(ResNetConfig config);

  /// The stem, each stage, the head.
  std::vector<DepthGroup> depth_groups() const override;
  Json config_json() const override { return config_.to_json(); }
  /// Hugging Face's where that can be this network (see resnet_names.h).
  std::string saved_name(const std::string& name) const override;
  ImageClassifierInfo info() const override { return config_.info(); }

 private:
  std::int64_t body_groups() const override {
    return 1 + static_cast<std::int64_t>(stages_.size());
  }
  at::Tensor run_body(std::int64_t group, const at::Tensor& x) override;
  at::Tensor run_head(const at::Tensor& pooled) override;
  at::Tensor run_stem(const at::Tensor& pixels);

  ResNetConfig config_;
  std::shared_ptr<nn::Conv2d> conv1_;
  std::shared_ptr<nn::BatchNorm2d> bn1_;
  std::vector<std::vector<std::shared_ptr<ResNetBlock>>> stages_;
  std::shared_ptr<nn::Dropout> dropout_;
  std::shared_ptr<nn::Linear> head_;
};

}  // namespace attune
