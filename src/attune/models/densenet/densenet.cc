#include "attune/models/densenet/densenet.h"

#include <utility>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>

#include "attune/base/error.h"
#include "attune/models/densenet/concat_norm_conv.h"
#include "attune/nn/noise.h"

namespace attune {

namespace {

std::shared_ptr<nn::BatchNorm2d> norm(std::int64_t channels) {
  return std::make_shared<nn::BatchNorm2d>(channels);
}

std::shared_ptr<nn::Conv2d> conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                 std::int64_t stride = 1) {
  return std::make_shared<nn::Conv2d>(
      nn::Conv2dShape{.in = in, .out = out, .kernel = kernel, .stride = stride});
}

}  // namespace

// torchvision/models/densenet.py#L31, _DenseLayer
DenseLayer::DenseLayer(const DenseNetConfig& c, std::int64_t in)
    : norm1_(register_module("norm1", norm(in))),
      norm2_(register_module("norm2", norm(c.bn_size * c.growth_rate))),
      conv1_(register_module("conv1", conv(in, c.bn_size * c.growth_rate, 1))),
      conv2_(register_module("conv2", conv(c.bn_size * c.growth_rate, c.growth_rate, 3))) {}

// The bottleneck of section 3: 1x1 to bn_size * growth_rate channels in front of the 3x3.
at::Tensor DenseLayer::forward(const std::vector<at::Tensor>& features) {
  const at::Tensor y = concat_norm_conv(features, *norm1_, conv1_->weight);
  return conv2_->forward(norm2_->forward(y, Rectifier::relu));
}

// torchvision/models/densenet.py#L127, _Transition
DenseTransition::DenseTransition(std::int64_t in)
    : norm_(register_module("norm", norm(in))),
      // Compression by half, the C of DenseNet-BC (section 3).
      conv_(register_module("conv", conv(in, in / 2, 1))) {}

at::Tensor DenseTransition::forward(const at::Tensor& x) {
  return at::avg_pool2d(conv_->forward(norm_->forward(x, Rectifier::relu)), /*kernel_size=*/2);
}

// torchvision/models/densenet.py#L136, DenseNet
DenseNet::DenseNet(DenseNetConfig config) : config_(std::move(config)) {
  auto features = register_module("features", std::make_shared<nn::Module>());
  std::int64_t in = config_.num_init_features;
  conv0_ = features->register_module("conv0", conv(config_.num_channels, in, 7, 2));
  norm0_ = features->register_module("norm0", norm(in));
  for (std::size_t b = 0; b < config_.block_config.size(); ++b) {
    auto list = features->register_module(fmt::format("denseblock{}", b + 1),
                                          std::make_shared<nn::Module>());
    auto& block = blocks_.emplace_back();
    for (std::int64_t i = 0; i < config_.block_config[b]; ++i, in += config_.growth_rate) {
      block.push_back(list->register_module(fmt::format("denselayer{}", i + 1),
                                            std::make_shared<DenseLayer>(config_, in)));
    }
    if (b + 1 == config_.block_config.size()) break;
    transitions_.push_back(features->register_module(fmt::format("transition{}", b + 1),
                                                     std::make_shared<DenseTransition>(in)));
    in /= 2;
  }
  norm5_ = features->register_module("norm5", norm(in));
  dropout_ = register_module("dropout", std::make_shared<nn::Dropout>(config_.classifier_dropout));
  classifier_ =
      register_module("classifier", std::make_shared<nn::Linear>(in, config_.num_labels()));
  assign_dropout_sites(*this);
}

std::vector<DepthGroup> DenseNet::depth_groups() const {
  std::vector<DepthGroup> groups = {{"stem", {"features.conv0.", "features.norm0."}}};
  for (std::size_t b = 1; b <= blocks_.size(); ++b) {
    // A block and its transition are one group: between them lies the concatenation of all its
    // layers, the largest state to keep.
    groups.push_back({fmt::format("block {}", b),
                      {fmt::format("features.denseblock{}.", b),
                       b < blocks_.size() ? fmt::format("features.transition{}.", b)
                                          : std::string("features.norm5.")}});
  }
  groups.push_back({"head", {"classifier."}});
  return groups;
}

at::Tensor DenseNet::run_body(std::int64_t group, const at::Tensor& x) {
  if (group == 0) {
    const at::Tensor y = norm0_->forward(conv0_->forward(x), Rectifier::relu);
    return at::max_pool2d(y, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
  }
  const auto block = static_cast<std::size_t>(group - 1);
  // Kept apart: concat_norm_conv puts them together where they are needed, and keeps only the
  // parts.
  std::vector<at::Tensor> features = {x};
  for (const auto& layer : blocks_[block]) features.push_back(layer->forward(features));
  const at::Tensor all = at::cat(features, 1);
  check(block >= transitions_.size() || (all.size(2) >= 2 && all.size(3) >= 2), ErrorKind::user,
        "the pictures are too small for this network: after block {} nothing is left to halve; "
        "give --image-size of at least 32",
        block + 1);
  if (block < transitions_.size()) return transitions_[block]->forward(all);
  return norm5_->forward(all, Rectifier::relu);
}

at::Tensor DenseNet::run_head(const at::Tensor& pooled) {
  return classifier_->forward(dropout_->forward(pooled));
}

}  // namespace attune
