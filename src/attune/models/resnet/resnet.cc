#include "attune/models/resnet/resnet.h"

#include <utility>

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/max_pool2d.h>
#include <fmt/format.h>

#include "attune/models/resnet/resnet_names.h"
#include "attune/nn/noise.h"

namespace attune {

// torchvision/models/resnet.py#L59, BasicBlock, and #L108, Bottleneck
ResNetBlock::ResNetBlock(const ResNetConfig& c, std::int64_t in, std::int64_t out,
                         std::int64_t stride)
    : new_channels_(out - in), stride_(stride) {
  if ((in == out && stride == 1) || c.shortcut == "zero_pad") return;
  auto downsample = register_module("downsample", std::make_shared<nn::Module>());
  projection_ = downsample->register_module(
      "0", std::make_shared<nn::Conv2d>(nn::Conv2dShape{.in = in, .out = out, .stride = stride}));
  projection_norm_ = downsample->register_module("1", std::make_shared<nn::BatchNorm2d>(out));
}

at::Tensor ResNetBlock::shortcut(const at::Tensor& x) {
  if (projection_) return projection_norm_->forward(projection_->forward(x));
  if (new_channels_ == 0 && stride_ == 1) return x;
  // Option A (section 4.2): no parameters.
  const at::Tensor strided = x.slice(2, 0, {}, stride_).slice(3, 0, {}, stride_);
  // Half of the new channels on each side, as akamaster's code pads.
  const std::int64_t before = new_channels_ / 2;
  return at::constant_pad_nd(strided, {0, 0, 0, 0, before, new_channels_ - before});
}

at::Tensor ResNetBlock::forward(const at::Tensor& x) {
  return join(x, shortcut(x));
}

BasicBlock::BasicBlock(const ResNetConfig& c, std::int64_t in, std::int64_t out,
                       std::int64_t stride)
    : ResNetBlock(c, in, out, stride),
      conv1_(register_module("conv1", std::make_shared<nn::Conv2d>(nn::Conv2dShape{
                                          .in = in, .out = out, .kernel = 3, .stride = stride}))),
      conv2_(register_module("conv2", std::make_shared<nn::Conv2d>(
                                          nn::Conv2dShape{.in = out, .out = out, .kernel = 3}))),
      bn1_(register_module("bn1", std::make_shared<nn::BatchNorm2d>(out))),
      bn2_(register_module("bn2", std::make_shared<nn::BatchNorm2d>(out))) {}

// The sum and the last rectifier are in the normalisation's kernel (kernels/batch_norm.h).
at::Tensor BasicBlock::join(const at::Tensor& x, const at::Tensor& shortcut) {
  const at::Tensor y = bn1_->forward(conv1_->forward(x), Rectifier::relu);
  return bn2_->forward(conv2_->forward(y), Rectifier::relu, shortcut);
}

// ResNet v1.5, as torchvision has it, strides in the 3x3 convolution; the paper's in the first 1x1,
// which skips three quarters of the pixels.
Bottleneck::Bottleneck(const ResNetConfig& c, std::int64_t in, std::int64_t width, std::int64_t out,
                       std::int64_t stride)
    : ResNetBlock(c, in, out, stride),
      conv1_(register_module(
          "conv1",
          std::make_shared<nn::Conv2d>(nn::Conv2dShape{
              .in = in, .out = width, .stride = c.downsample_in_bottleneck ? stride : 1}))),
      conv2_(register_module("conv2", std::make_shared<nn::Conv2d>(nn::Conv2dShape{
                                          .in = width,
                                          .out = width,
                                          .kernel = 3,
                                          .stride = c.downsample_in_bottleneck ? 1 : stride,
                                          .groups = c.groups}))),
      conv3_(register_module(
          "conv3", std::make_shared<nn::Conv2d>(nn::Conv2dShape{.in = width, .out = out}))),
      bn1_(register_module("bn1", std::make_shared<nn::BatchNorm2d>(width))),
      bn2_(register_module("bn2", std::make_shared<nn::BatchNorm2d>(width))),
      bn3_(register_module("bn3", std::make_shared<nn::BatchNorm2d>(out))) {}

at::Tensor Bottleneck::join(const at::Tensor& x, const at::Tensor& shortcut) {
  at::Tensor y = bn1_->forward(conv1_->forward(x), Rectifier::relu);
  y = bn2_->forward(conv2_->forward(y), Rectifier::relu);
  return bn3_->forward(conv3_->forward(y), Rectifier::relu, shortcut);
}

// torchvision/models/resnet.py#L166, ResNet
ResNet::ResNet(ResNetConfig config)
    : config_(std::move(config)),
      conv1_(register_module("conv1", std::make_shared<nn::Conv2d>(nn::Conv2dShape{
                                          .in = config_.num_channels,
                                          .out = config_.embedding_size,
                                          .kernel = config_.stem == "cifar" ? 3 : 7,
                                          .stride = config_.stem == "cifar" ? 1 : 2}))),
      bn1_(register_module("bn1", std::make_shared<nn::BatchNorm2d>(config_.embedding_size))) {
  std::int64_t in = config_.embedding_size;
  for (std::size_t s = 0; s < config_.depths.size(); ++s) {
    auto layer = register_module(fmt::format("layer{}", s + 1), std::make_shared<nn::Module>());
    const std::int64_t out = config_.hidden_sizes[s];
    auto& stage = stages_.emplace_back();
    for (std::int64_t i = 0; i < config_.depths[s]; ++i) {
      // The first stage keeps the size (He et al. 2016, table 1 and section 4.2).
      const std::int64_t stride = i == 0 && (s > 0 || config_.downsample_in_first_stage) ? 2 : 1;
      std::shared_ptr<ResNetBlock> block;
      if (config_.is_bottleneck()) {
        block = std::make_shared<Bottleneck>(config_, in, config_.inner_width(s), out, stride);
      } else {
        block = std::make_shared<BasicBlock>(config_, in, out, stride);
      }
      stage.push_back(layer->register_module(std::to_string(i), block));
      in = out;
    }
  }
  dropout_ = register_module("dropout", std::make_shared<nn::Dropout>(config_.classifier_dropout));
  head_ =
      register_module(resnet_head(config_), std::make_shared<nn::Linear>(in, config_.num_labels()));
  assign_dropout_sites(*this);
}

std::vector<DepthGroup> ResNet::depth_groups() const {
  std::vector<DepthGroup> groups = {{"stem", {"conv1.", "bn1."}}};
  for (std::size_t s = 1; s <= stages_.size(); ++s) {
    groups.push_back({fmt::format("stage {}", s), {fmt::format("layer{}.", s)}});
  }
  groups.push_back({"head", {resnet_head(config_) + "."}});
  return groups;
}

std::string ResNet::saved_name(const std::string& name) const {
  return config_.is_known_upstream() ? huggingface_resnet_name(name) : name;
}

at::Tensor ResNet::run_stem(const at::Tensor& pixels) {
  const at::Tensor x = bn1_->forward(conv1_->forward(pixels), Rectifier::relu);
  // Pictures of 32 pixels have none to spare (He et al. 2016, section 4.2).
  if (config_.stem == "cifar") return x;
  return at::max_pool2d(x, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
}

at::Tensor ResNet::run_body(std::int64_t group, const at::Tensor& x) {
  if (group == 0) return run_stem(x);
  at::Tensor y = x;
  for (const auto& block : stages_[static_cast<std::size_t>(group - 1)]) y = block->forward(y);
  return y;
}

at::Tensor ResNet::run_head(const at::Tensor& pooled) {
  return head_->forward(dropout_->forward(pooled));
}

}  // namespace attune
