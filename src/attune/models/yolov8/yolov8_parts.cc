#include "attune/models/yolov8/yolov8_parts.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/softmax.h>
#include <fmt/format.h>

namespace attune {

namespace {

// Not torch's 1e-5 and 0.1, and no state dict says so.
constexpr double kYolov8Eps = 1e-3, kYolov8Momentum = 0.03;
constexpr std::int64_t kHeadWidth = 64;  // of a head of attention

}  // namespace

Yolov8Unit add_yolov8_unit(nn::Module& root, const std::string& path,
                           const Yolov8UnitShape& shape) {
  return root.register_at(path, std::make_shared<nn::ConvUnit>(nn::ConvUnitShape{
                                    .conv = {.in = shape.in,
                                             .out = shape.out,
                                             .kernel = shape.kernel,
                                             .stride = shape.stride,
                                             .groups = shape.groups},
                                    .eps = kYolov8Eps,
                                    .momentum = kYolov8Momentum,
                                    .activation = shape.activated ? nn::PixelActivation::silu
                                                                  : nn::PixelActivation::none}));
}

Yolov8Bottleneck::Yolov8Bottleneck(nn::Module& root, const std::string& path, std::int64_t channels,
                                   std::int64_t inner, bool shortcut)
    : shortcut_(shortcut),
      cv1_(add_yolov8_unit(root, path + ".cv1", {.in = channels, .out = inner, .kernel = 3})),
      cv2_(add_yolov8_unit(root, path + ".cv2", {.in = inner, .out = channels, .kernel = 3})) {}

at::Tensor Yolov8Bottleneck::forward(const at::Tensor& x) const {
  const at::Tensor y = cv2_->forward(cv1_->forward(x));
  return shortcut_ ? x + y : y;
}

Yolov8Nested::Yolov8Nested(nn::Module& root, const std::string& path, std::int64_t channels,
                           bool shortcut) {
  const std::int64_t half = channels / 2;
  cv1_ = add_yolov8_unit(root, path + ".cv1", {.in = channels, .out = half});
  cv2_ = add_yolov8_unit(root, path + ".cv2", {.in = channels, .out = half});
  cv3_ = add_yolov8_unit(root, path + ".cv3", {.in = 2 * half, .out = channels});
  for (int i = 0; i < 2; ++i) {
    m_.emplace_back(root, fmt::format("{}.m.{}", path, i), half, half, shortcut);
  }
}

at::Tensor Yolov8Nested::forward(const at::Tensor& x) const {
  at::Tensor through = cv1_->forward(x);
  for (const Yolov8Bottleneck& item : m_) through = item.forward(through);
  return cv3_->forward(at::cat({through, cv2_->forward(x)}, 1));
}

Yolov8Block::Yolov8Block(nn::Module& root, const std::string& path, const Shape& s) {
  cv1_ = add_yolov8_unit(root, path + ".cv1", {.in = s.in, .out = 2 * s.hidden});
  cv2_ = add_yolov8_unit(root, path + ".cv2", {.in = (2 + s.count) * s.hidden, .out = s.out});
  for (std::int64_t i = 0; i < s.count; ++i) {
    const std::string item = fmt::format("{}.m.{}", path, i);
    if (s.nested) {
      nested_.emplace_back(root, item, s.hidden, s.shortcut);
    } else {
      plain_.emplace_back(root, item, s.hidden, s.inner, s.shortcut);
    }
  }
}

at::Tensor Yolov8Block::forward(const at::Tensor& x) const {
  const std::vector<at::Tensor> halves = cv1_->forward(x).chunk(2, 1);
  std::vector<at::Tensor> parts = {halves[0], halves[1]};
  for (const Yolov8Bottleneck& item : plain_) parts.push_back(item.forward(parts.back()));
  for (const Yolov8Nested& item : nested_) parts.push_back(item.forward(parts.back()));
  return cv2_->forward(at::cat(parts, 1));
}

Yolov8Pool::Yolov8Pool(nn::Module& root, const std::string& path, std::int64_t channels)
    : cv1_(add_yolov8_unit(root, path + ".cv1", {.in = channels, .out = channels / 2})),
      cv2_(add_yolov8_unit(root, path + ".cv2", {.in = channels / 2 * 4, .out = channels})) {}

at::Tensor Yolov8Pool::forward(const at::Tensor& x) const {
  std::vector<at::Tensor> parts = {cv1_->forward(x)};
  for (int i = 0; i < 3; ++i) {
    parts.push_back(at::max_pool2d(parts.back(), /*kernel_size=*/5, /*stride=*/1, /*padding=*/2));
  }
  return cv2_->forward(at::cat(parts, 1));
}

Yolov8Attention::Yolov8Attention(nn::Module& root, const std::string& path, std::int64_t channels,
                                 std::int64_t count) {
  const std::int64_t half = channels / 2;
  const std::int64_t keys = half / 2;  // of all heads
  cv1_ = add_yolov8_unit(root, path + ".cv1", {.in = channels, .out = 2 * half});
  cv2_ = add_yolov8_unit(root, path + ".cv2", {.in = 2 * half, .out = channels});
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string item = fmt::format("{}.m.{}.", path, i);
    const auto linear = [&](const char* name, std::int64_t in, std::int64_t out) {
      return add_yolov8_unit(root, item + name, {.in = in, .out = out, .activated = false});
    };
    Item& parts = m_.emplace_back();
    parts.qkv = linear("attn.qkv", half, half + 2 * keys);
    parts.proj = linear("attn.proj", half, half);
    parts.pe =
        add_yolov8_unit(root, item + "attn.pe",
                        {.in = half, .out = half, .kernel = 3, .groups = half, .activated = false});
    parts.ffn0 = add_yolov8_unit(root, item + "ffn.0", {.in = half, .out = 2 * half});
    parts.ffn1 = linear("ffn.1", 2 * half, half);
  }
}

at::Tensor Yolov8Attention::forward(const at::Tensor& x) const {
  const std::vector<at::Tensor> halves = cv1_->forward(x).chunk(2, 1);
  at::Tensor through = halves[1];
  for (const Item& item : m_) {
    through = through + attend(item, through);
    through = through + item.ffn1->forward(item.ffn0->forward(through));
  }
  return cv2_->forward(at::cat({halves[0], through}, 1));
}

// Channels are head-major: of each head queries, keys (half as many as values), values.
at::Tensor Yolov8Attention::attend(const Item& item, const at::Tensor& x) const {
  const std::int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  const std::int64_t heads = c / kHeadWidth, width = c / heads, key = width / 2;
  const at::Tensor all = item.qkv->forward(x).contiguous().view({n, heads, 2 * key + width, h * w});
  const at::Tensor q = all.slice(2, 0, key), k = all.slice(2, key, 2 * key);
  const at::Tensor v = all.slice(2, 2 * key);
  const double scale = 1 / std::sqrt(static_cast<double>(key));
  const at::Tensor weights = at::softmax(at::matmul(q.transpose(2, 3), k) * scale, -1);
  const at::Tensor mixed = at::matmul(v, weights.transpose(2, 3)).reshape({n, c, h, w});
  const at::Tensor place =
      item.pe->forward(v.reshape({n, c, h, w}).contiguous(at::MemoryFormat::ChannelsLast));
  return item.proj->forward((mixed + place).contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace attune
