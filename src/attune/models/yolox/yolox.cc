#include "attune/models/yolox/yolox.h"

#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "attune/base/error.h"

namespace attune {

namespace {

at::Tensor doubled(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

}  // namespace

Yolox::Yolox(YoloxConfig config) : config_(std::move(config)) {
  build_backbone();
  build_neck();
  build_head();
}

// yolox/models/darknet.py, CSPDarknet
void Yolox::build_backbone() {
  const std::string path = "backbone.backbone.";
  const std::int64_t base = config_.base_channels;
  const bool depthwise = config_.depthwise;
  stem_ = {*this, path + "stem.conv", false, 4 * config_.info().input.channels, base, 3};
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    const std::int64_t in = base << s, out = 2 * in;
    const bool is_last = s + 1 == stages_.size();
    const std::string stage = fmt::format("{}dark{}.", path, s + 2);
    stages_[s].down = {*this, stage + "0", depthwise, in, out, 3, 2};
    if (is_last) stages_[s].spp = {*this, stage + "1", out};
    const std::int64_t count = s == 1 || s == 2 ? 3 * config_.depth : config_.depth;
    stages_[s].csp = {*this,
                      stage + (is_last ? "2" : "1"),
                      depthwise,
                      {.in = out, .out = out, .count = count, .shortcut = !is_last}};
  }
}

// yolox/models/yolo_pafpn.py, YOLOPAFPN
void Yolox::build_neck() {
  const std::int64_t c3 = 4 * config_.base_channels, c4 = 2 * c3, c5 = 2 * c4;
  const bool depthwise = config_.depthwise;
  const auto csp = [&](const char* name, std::int64_t in, std::int64_t out) {
    return YoloxCsp(*this, std::string("backbone.") + name, depthwise,
                    {.in = in, .out = out, .count = config_.depth, .shortcut = false});
  };
  lateral_conv0_ = {*this, "backbone.lateral_conv0", false, c5, c4, 1};
  c3_p4_ = csp("C3_p4", 2 * c4, c4);
  reduce_conv1_ = {*this, "backbone.reduce_conv1", false, c4, c3, 1};
  c3_p3_ = csp("C3_p3", 2 * c3, c3);
  bu_conv2_ = {*this, "backbone.bu_conv2", depthwise, c3, c3, 3, 2};
  c3_n3_ = csp("C3_n3", 2 * c3, c4);
  bu_conv1_ = {*this, "backbone.bu_conv1", depthwise, c4, c4, 3, 2};
  c3_n4_ = csp("C3_n4", 2 * c4, c5);
}

// yolox/models/yolo_head.py, YOLOXHead
void Yolox::build_head() {
  const std::int64_t hidden = 4 * config_.base_channels;
  const auto predict = [&](const char* name, std::size_t level, std::int64_t out) {
    return register_at(
        fmt::format("head.{}.{}", name, level),
        std::make_shared<nn::Conv2d>(nn::Conv2dShape{.in = hidden, .out = out, .bias = true}));
  };
  for (std::size_t l = 0; l < kLevels; ++l) {
    Branches& level = head_[l];
    level.stem = {*this, fmt::format("head.stems.{}", l), false, hidden << l, hidden, 1};
    for (std::size_t i = 0; i < 2; ++i) {
      level.classes[i] = {
          *this, fmt::format("head.cls_convs.{}.{}", l, i), config_.depthwise, hidden, hidden, 3};
      level.boxes[i] = {
          *this, fmt::format("head.reg_convs.{}.{}", l, i), config_.depthwise, hidden, hidden, 3};
    }
    level.class_prediction = predict("cls_preds", l, std::ssize(config_.labels));
    level.box_prediction = predict("reg_preds", l, 4);
    level.object_prediction = predict("obj_preds", l, 1);
  }
}

std::vector<DepthGroup> Yolox::depth_groups() const {
  std::vector<DepthGroup> groups = {{"stem", {"backbone.backbone.stem."}}};
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    groups.push_back(
        {fmt::format("stage {}", s + 1), {fmt::format("backbone.backbone.dark{}.", s + 2)}});
  }
  groups.push_back(
      {"neck",
       {"backbone.lateral_conv0.", "backbone.C3_p4.", "backbone.reduce_conv1.", "backbone.C3_p3.",
        "backbone.bu_conv2.", "backbone.C3_n3.", "backbone.bu_conv1.", "backbone.C3_n4."}});
  groups.push_back({"head", {"head."}});
  return groups;
}

// Behind stage 2 the neck needs what each stage gives.
Activations Yolox::run_group(std::int64_t group, const Activations& state) {
  if (group == 0) return run_stem(state.only());
  const std::int64_t neck = 1 + std::ssize(stages_);
  if (group == neck) return run_neck(state);
  if (group > neck) {
    check(state.parts.size() == kLevels, ErrorKind::internal, "a state of {} parts enters the head",
          state.parts.size());
    Activations outputs;
    for (std::size_t l = 0; l < kLevels; ++l) outputs.parts.push_back(run_head(l, state.parts[l]));
    return outputs;
  }
  Activations result;
  if (group > 2) result.parts = state.parts;
  result.parts.push_back(run_stage(static_cast<std::size_t>(group - 1), state.parts.back()));
  return result;
}

// Focus: four pictures of every second pixel side by side, (row, column) even even, odd even, even
// odd, odd odd.
at::Tensor Yolox::run_stem(const at::Tensor& pixels) const {
  const auto every_second = [&](std::int64_t row, std::int64_t column) {
    return pixels.slice(2, row, {}, 2).slice(3, column, {}, 2);
  };
  const at::Tensor x =
      at::cat({every_second(0, 0), every_second(1, 0), every_second(0, 1), every_second(1, 1)}, 1);
  return stem_.forward(x.contiguous(at::MemoryFormat::ChannelsLast));
}

at::Tensor Yolox::run_stage(std::size_t stage, const at::Tensor& x) const {
  const Stage& parts = stages_[stage];
  at::Tensor y = parts.down.forward(x);
  if (stage + 1 == stages_.size()) y = parts.spp.forward(y);
  return parts.csp.forward(y);
}

Activations Yolox::run_neck(const Activations& pyramid) const {
  check(pyramid.parts.size() == kLevels, ErrorKind::internal, "a state of {} parts enters the neck",
        pyramid.parts.size());
  const at::Tensor &x2 = pyramid.parts[0], &x1 = pyramid.parts[1], &x0 = pyramid.parts[2];
  const at::Tensor lateral = lateral_conv0_.forward(x0);
  const at::Tensor p4 = c3_p4_.forward(at::cat({doubled(lateral), x1}, 1));
  const at::Tensor reduced = reduce_conv1_.forward(p4);
  const at::Tensor p3 = c3_p3_.forward(at::cat({doubled(reduced), x2}, 1));
  const at::Tensor n3 = c3_n3_.forward(at::cat({bu_conv2_.forward(p3), reduced}, 1));
  const at::Tensor n4 = c3_n4_.forward(at::cat({bu_conv1_.forward(n3), lateral}, 1));
  return Activations({p3, n3, n4});
}

at::Tensor Yolox::run_head(std::size_t level, const at::Tensor& x) const {
  const Branches& parts = head_[level];
  const at::Tensor stem = parts.stem.forward(x);
  at::Tensor classes = stem, boxes = stem;
  for (const YoloxConv& conv : parts.classes) classes = conv.forward(classes);
  for (const YoloxConv& conv : parts.boxes) boxes = conv.forward(boxes);
  return at::cat({parts.box_prediction->forward(boxes), parts.object_prediction->forward(boxes),
                  parts.class_prediction->forward(classes)},
                 1);
}

}  // namespace attune
