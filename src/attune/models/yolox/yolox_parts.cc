#include "attune/models/yolox/yolox_parts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>
#include <fmt/format.h>

namespace attune {

namespace {

// exps/default and yolo_base.py, init_yolo: not torch's 1e-5 and 0.1, and no checkpoint says so.
constexpr double kYoloxEps = 1e-3, kYoloxMomentum = 0.03;

std::shared_ptr<nn::ConvUnit> yolox_unit(const nn::Conv2dShape& conv) {
  return std::make_shared<nn::ConvUnit>(
      nn::ConvUnitShape{.conv = conv, .eps = kYoloxEps, .momentum = kYoloxMomentum});
}

}  // namespace

YoloxConv::YoloxConv(nn::Module& root, const std::string& path, bool depthwise, std::int64_t in,
                     std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  if (!depthwise || kernel == 1) {
    units_ = {root.register_at(
        path, yolox_unit({.in = in, .out = out, .kernel = kernel, .stride = stride}))};
    return;
  }
  units_ = {
      root.register_at(
          path + ".dconv",
          yolox_unit({.in = in, .out = in, .kernel = kernel, .stride = stride, .groups = in})),
      root.register_at(path + ".pconv", yolox_unit({.in = in, .out = out}))};
}

at::Tensor YoloxConv::forward(const at::Tensor& x) const {
  at::Tensor y = x;
  for (const auto& unit : units_) y = unit->forward(y);
  return y;
}

YoloxCsp::YoloxCsp(nn::Module& root, const std::string& path, bool depthwise, const Shape& shape)
    : shortcut_(shape.shortcut) {
  const std::int64_t hidden = shape.out / 2;
  conv1_ = {root, path + ".conv1", false, shape.in, hidden, 1};
  conv2_ = {root, path + ".conv2", false, shape.in, hidden, 1};
  conv3_ = {root, path + ".conv3", false, 2 * hidden, shape.out, 1};
  for (std::int64_t i = 0; i < shape.count; ++i) {
    const std::string item = fmt::format("{}.m.{}", path, i);
    m_.push_back({{root, item + ".conv1", false, hidden, hidden, 1},
                  {root, item + ".conv2", depthwise, hidden, hidden, 3}});
  }
}

at::Tensor YoloxCsp::forward(const at::Tensor& x) const {
  at::Tensor through = conv1_.forward(x);
  for (const Bottleneck& item : m_) {
    const at::Tensor y = item.conv2.forward(item.conv1.forward(through));
    through = shortcut_ ? y + through : y;
  }
  return conv3_.forward(at::cat({through, conv2_.forward(x)}, 1));
}

YoloxSpp::YoloxSpp(nn::Module& root, const std::string& path, std::int64_t channels)
    : conv1_(root, path + ".conv1", false, channels, channels / 2, 1),
      conv2_(root, path + ".conv2", false, channels / 2 * 4, channels, 1) {}

at::Tensor YoloxSpp::forward(const at::Tensor& x) const {
  const at::Tensor y = conv1_.forward(x);
  std::vector<at::Tensor> parts = {y};
  for (const std::int64_t side : {5, 9, 13}) {
    parts.push_back(at::max_pool2d(y, side, /*stride=*/1, side / 2));
  }
  return conv2_.forward(at::cat(parts, 1));
}

}  // namespace attune
