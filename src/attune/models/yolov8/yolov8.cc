#include "attune/models/yolov8/yolov8.h"

#include <utility>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "attune/base/error.h"

namespace attune {

namespace {

constexpr std::array<int, 5> kDownLayers = {0, 1, 3, 5, 7};

at::Tensor twice_as_large(const at::Tensor& x) {
  return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)});
}

}  // namespace

Yolov8::Yolov8(Yolov8Config config) : config_(std::move(config)) {
  build_backbone();
  build_neck();
  build_head();
}

Yolov8Unit Yolov8::add_down(int layer, std::int64_t in, std::int64_t out) {
  return add_yolov8_unit(*this, fmt::format("model.{}", layer),
                         {.in = in, .out = out, .kernel = 3, .stride = 2});
}

Yolov8Block Yolov8::add_block(int layer, std::int64_t in, std::int64_t out, std::int64_t count,
                              bool in_neck) {
  Yolov8Block::Shape shape{.in = in, .out = out, .hidden = out / 2, .count = count};
  if (config_.is_11()) {
    // The first two blocks are half as wide; the deep ones are nested in every size.
    if (layer == 2 || layer == 4) shape.hidden = out / 4;
    shape.nested = config_.nested || layer == 6 || layer == 8 || layer == 22;
    shape.inner = shape.hidden / 2;
  } else {
    shape.inner = shape.hidden;
    shape.shortcut = !in_neck;
  }
  return {*this, fmt::format("model.{}", layer), shape};
}

void Yolov8::build_backbone() {
  const auto& c = config_.channels;
  // Of 11 the first two blocks, not the convolutions behind them, bring the next width.
  const std::array<std::int64_t, 4> widths =
      config_.is_11() ? std::array{c[2], c[3], c[3], c[4]} : std::array{c[1], c[2], c[3], c[4]};
  std::int64_t in = config_.info().input.channels;
  for (std::size_t s = 0; s < kDownLayers.size(); ++s) {
    down_[s] = add_down(kDownLayers[s], in, c[s]);
    in = c[s];
    if (s == 0) continue;
    const bool is_inner = s == 2 || s == 3;
    blocks_[s - 1] = add_block(kDownLayers[s] + 1, in, widths[s - 1],
                               is_inner ? config_.inner_repeats : config_.repeats, false);
    in = widths[s - 1];
  }
  pool_ = {*this, "model.9", c[4]};
  if (config_.is_11()) attention_ = {*this, "model.10", c[4], config_.attentions};
}

void Yolov8::build_neck() {
  const auto& c = config_.channels;
  const std::int64_t r = config_.repeats;
  // What comes out of the blocks at strides 8 and 16.
  const std::int64_t p3 = config_.is_11() ? c[3] : c[2], p4 = c[3];
  const int first = config_.is_11() ? 13 : 12;
  top_p4_ = add_block(first, c[4] + p4, c[3], r, true);
  top_p3_ = add_block(first + 3, c[3] + p3, c[2], r, true);
  down_p3_ = add_down(first + 4, c[2], c[2]);
  bottom_p4_ = add_block(first + 6, c[2] + c[3], c[3], r, true);
  down_p4_ = add_down(first + 7, c[3], c[3]);
  bottom_p5_ = add_block(first + 9, c[3] + c[4], c[4], r, true);
}

void Yolov8::build_head() {
  const auto predict = [&](const std::string& path, std::int64_t in, std::int64_t out) {
    return register_at(path + ".2", std::make_shared<nn::Conv2d>(
                                        nn::Conv2dShape{.in = in, .out = out, .bias = true}));
  };
  for (std::size_t l = 0; l < kLevels; ++l) {
    const std::int64_t in = config_.channels[2 + l], c2 = config_.box_channels;
    const std::string path = fmt::format("model.{}.cv2.{}", config_.head_layer(), l);
    boxes_[l].units = {add_yolov8_unit(*this, path + ".0", {.in = in, .out = c2, .kernel = 3}),
                       add_yolov8_unit(*this, path + ".1", {.in = c2, .out = c2, .kernel = 3})};
    boxes_[l].last = predict(path, c2, 4 * kYolov8Bins);
  }
  for (std::size_t l = 0; l < kLevels; ++l) {
    const std::int64_t in = config_.channels[2 + l], c3 = config_.class_channels;
    const std::string path = fmt::format("model.{}.cv3.{}", config_.head_layer(), l);
    for (int i = 0; i < 2; ++i) {
      const std::int64_t from = i == 0 ? in : c3;
      const std::string unit = fmt::format("{}.{}", path, i);
      if (!config_.is_11()) {
        classes_[l].units.push_back(
            add_yolov8_unit(*this, unit, {.in = from, .out = c3, .kernel = 3}));
        continue;
      }
      classes_[l].units.push_back(add_yolov8_unit(
          *this, unit + ".0", {.in = from, .out = from, .kernel = 3, .groups = from}));
      classes_[l].units.push_back(add_yolov8_unit(*this, unit + ".1", {.in = from, .out = c3}));
    }
    classes_[l].last = predict(path, c3, std::ssize(config_.labels));
  }
  // 0, 1, ... 15, whose mean under a softmax a side is: in every published file, never trained.
  auto dfl = register_at(fmt::format("model.{}.dfl.conv", config_.head_layer()),
                         std::make_shared<nn::Module>());
  dfl->register_buffer("weight", at::arange(kYolov8Bins, at::kFloat).view({1, kYolov8Bins, 1, 1}));
}

std::vector<DepthGroup> Yolov8::depth_groups() const {
  const auto layers = [](int first, int last) {
    std::vector<std::string> prefixes;
    for (int i = first; i <= last; ++i) prefixes.push_back(fmt::format("model.{}.", i));
    return prefixes;
  };
  const int head = static_cast<int>(config_.head_layer()), last = config_.is_11() ? 10 : 9;
  return {{"stage 1", layers(0, 0)},    {"stage 2", layers(1, 2)},
          {"stage 3", layers(3, 4)},    {"stage 4", layers(5, 6)},
          {"stage 5", layers(7, last)}, {"neck", layers(last + 1, head - 1)},
          {"head", layers(head, head)}};
}

at::Tensor Yolov8::Branch::forward(const at::Tensor& x) const {
  at::Tensor y = x;
  for (const Yolov8Unit& unit : units) y = unit->forward(y);
  return last->forward(y);
}

// Behind stage 3 the neck needs what each stage gives.
Activations Yolov8::run_group(std::int64_t group, const Activations& state) {
  const std::int64_t neck = std::ssize(down_);
  if (group == neck) return run_neck(state);
  if (group > neck) {
    check(state.parts.size() == kLevels, ErrorKind::internal, "a state of {} parts enters the head",
          state.parts.size());
    Activations outputs;
    for (std::size_t l = 0; l < kLevels; ++l) {
      outputs.parts.push_back(
          at::cat({boxes_[l].forward(state.parts[l]), classes_[l].forward(state.parts[l])}, 1));
    }
    return outputs;
  }
  Activations result;
  if (group > 2) result.parts = state.parts;
  result.parts.push_back(run_stage(static_cast<std::size_t>(group), state.parts.back()));
  return result;
}

at::Tensor Yolov8::run_stage(std::size_t stage, const at::Tensor& x) const {
  at::Tensor y = down_[stage]->forward(x);
  if (stage > 0) y = blocks_[stage - 1].forward(y);
  if (stage + 1 < down_.size()) return y;
  y = pool_.forward(y);
  return config_.is_11() ? attention_.forward(y) : y;
}

Activations Yolov8::run_neck(const Activations& pyramid) const {
  check(pyramid.parts.size() == kLevels, ErrorKind::internal, "a state of {} parts enters the neck",
        pyramid.parts.size());
  const at::Tensor &x3 = pyramid.parts[0], &x4 = pyramid.parts[1], &x5 = pyramid.parts[2];
  const at::Tensor top4 = top_p4_.forward(at::cat({twice_as_large(x5), x4}, 1));
  const at::Tensor p3 = top_p3_.forward(at::cat({twice_as_large(top4), x3}, 1));
  const at::Tensor p4 = bottom_p4_.forward(at::cat({down_p3_->forward(p3), top4}, 1));
  const at::Tensor p5 = bottom_p5_.forward(at::cat({down_p4_->forward(p4), x5}, 1));
  return Activations({p3, p4, p5});
}

}  // namespace attune
