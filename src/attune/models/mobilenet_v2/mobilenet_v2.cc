#include "attune/models/mobilenet_v2/mobilenet_v2.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "attune/models/mobilenet_v2/mobilenet_v2_names.h"
#include "attune/nn/noise.h"

namespace attune {

namespace {

// Table 2: how many blocks a stage has and the stride of its first one.
struct Stage {
  std::int64_t blocks, stride;
};
constexpr std::array<Stage, 7> kStages = {{{1, 1}, {2, 2}, {3, 2}, {4, 2}, {3, 1}, {3, 2}, {1, 1}}};

std::int64_t first_block(std::int64_t stage) {
  std::int64_t block = 0;
  for (std::int64_t s = 0; s < stage; ++s) block += kStages[static_cast<std::size_t>(s)].blocks;
  return block;
}

nn::ConvPadding padding(const MobileNetV2Config& config) {
  return config.tf_padding ? nn::ConvPadding::tf_same : nn::ConvPadding::half;
}

std::shared_ptr<nn::BatchNorm2d> norm(const MobileNetV2Config& c, std::int64_t channels) {
  return std::make_shared<nn::BatchNorm2d>(channels, c.layer_norm_eps, c.batch_norm_momentum);
}

}  // namespace

ConvNormRelu6::ConvNormRelu6(const MobileNetV2Config& c, nn::Conv2dShape shape) {
  shape.padding = padding(c);
  conv_ = register_module("0", std::make_shared<nn::Conv2d>(shape));
  norm_ = register_module("1", norm(c, shape.out));
}

at::Tensor ConvNormRelu6::forward(const at::Tensor& x) {
  return norm_->forward(conv_->forward(x), Rectifier::relu6);
}

// torchvision/models/mobilenetv2.py#L19, InvertedResidual
InvertedResidual::InvertedResidual(const MobileNetV2Config& c, std::int64_t in, std::int64_t width,
                                   std::int64_t out, std::int64_t stride, bool expands)
    : adds_input_(expands && stride == 1 && in == out) {
  auto conv = register_module("conv", std::make_shared<nn::Module>());
  if (expands) {
    layers_.push_back(std::make_shared<ConvNormRelu6>(c, nn::Conv2dShape{.in = in, .out = width}));
  }
  layers_.push_back(std::make_shared<ConvNormRelu6>(
      c,
      nn::Conv2dShape{.in = width, .out = width, .kernel = 3, .stride = stride, .groups = width}));
  std::size_t index = 0;
  for (const auto& layer : layers_) conv->register_module(std::to_string(index++), layer);
  project_ =
      conv->register_module(std::to_string(index++),
                            std::make_shared<nn::Conv2d>(nn::Conv2dShape{.in = width, .out = out}));
  project_norm_ = conv->register_module(std::to_string(index), norm(c, out));
}

// No activation behind the projection: in few channels a rectifier loses what they hold (section
// 3.2, linear bottlenecks).
at::Tensor InvertedResidual::forward(const at::Tensor& x) {
  at::Tensor y = x;
  for (const auto& layer : layers_) y = layer->forward(y);
  return project_norm_->forward(project_->forward(y), Rectifier::none,
                                adds_input_ ? x : at::Tensor());
}

// torchvision/models/mobilenetv2.py#L66, MobileNetV2
MobileNetV2::MobileNetV2(MobileNetV2Config config) : config_(std::move(config)) {
  const std::vector<std::int64_t> channels = config_.channels();
  auto features = register_module("features", std::make_shared<nn::Module>());
  first_ = features->register_module(
      "0",
      std::make_shared<ConvNormRelu6>(
          config_, nn::Conv2dShape{
                       .in = config_.num_channels, .out = channels[0], .kernel = 3, .stride = 2}));
  // torchvision numbers all blocks through: `features.1` to `features.17`, whatever their stage.
  for (const Stage& stage : kStages) {
    for (std::int64_t i = 0; i < stage.blocks; ++i) {
      const std::size_t b = blocks_.size();
      const std::int64_t in = channels[b], out = channels[b + 1];
      const bool expands = b > 0;  // the first convolution has expanded for the first block
      blocks_.push_back(features->register_module(
          std::to_string(b + 1),
          std::make_shared<InvertedResidual>(config_, in, expands ? config_.expanded(in) : in, out,
                                             i == 0 ? stage.stride : 1, expands)));
    }
  }
  const std::size_t n = blocks_.size();
  last_ = features->register_module(
      std::to_string(n + 1),
      std::make_shared<ConvNormRelu6>(config_,
                                      nn::Conv2dShape{.in = channels[n], .out = channels[n + 1]}));
  auto classifier = register_module("classifier", std::make_shared<nn::Module>());
  dropout_ =
      classifier->register_module("0", std::make_shared<nn::Dropout>(config_.classifier_dropout));
  head_ = classifier->register_module(
      "1", std::make_shared<nn::Linear>(channels[n + 1], config_.num_labels()));
  assign_dropout_sites(*this);
}

std::vector<DepthGroup> MobileNetV2::depth_groups() const {
  std::vector<DepthGroup> groups = {{"stem", {"features.0."}}};
  std::int64_t block = 1;
  for (std::size_t s = 0; s < kStages.size(); ++s) {
    DepthGroup& group = groups.emplace_back(DepthGroup{fmt::format("stage {}", s + 1), {}});
    for (std::int64_t i = 0; i < kStages[s].blocks; ++i) {
      group.prefixes.push_back(fmt::format("features.{}.", block++));
    }
  }
  groups.push_back({"last convolution", {fmt::format("features.{}.", block)}});
  groups.push_back({"head", {"classifier."}});
  return groups;
}

std::string MobileNetV2::saved_name(const std::string& name) const {
  return huggingface_mobilenet_v2_name(name);
}

std::int64_t MobileNetV2::body_groups() const {
  return static_cast<std::int64_t>(kStages.size()) + 2;
}

at::Tensor MobileNetV2::run_body(std::int64_t group, const at::Tensor& x) {
  if (group == 0) return first_->forward(x);
  if (group == body_groups() - 1) return last_->forward(x);
  at::Tensor y = x;
  for (std::int64_t b = first_block(group - 1); b < first_block(group); ++b) {
    y = blocks_[static_cast<std::size_t>(b)]->forward(y);
  }
  return y;
}

at::Tensor MobileNetV2::run_head(const at::Tensor& pooled) {
  return head_->forward(dropout_->forward(pooled));
}

}  // namespace attune
