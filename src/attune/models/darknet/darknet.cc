#include "attune/models/darknet/darknet.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/nn/noise.h"
#include "attune/pretrained/formats/darknet/darknet_weights.h"

// What each kind of layer computes: AlexeyAB/darknet src/*_layer.c.

namespace attune {

namespace {

// batchnorm_layer.c: running = 0.9 running + 0.1 batch; blas.c, normalize_cpu: the root of the
// variance + 1e-5.
constexpr double kDarknetMomentum = 0.1, kDarknetEps = 1e-5;

nn::PixelActivation activation_of(DarknetActivation activation) {
  switch (activation) {
    case DarknetActivation::leaky:
      return nn::PixelActivation::leaky;
    case DarknetActivation::relu:
      return nn::PixelActivation::relu;
    case DarknetActivation::mish:
      return nn::PixelActivation::mish;
    case DarknetActivation::swish:
      return nn::PixelActivation::silu;
    case DarknetActivation::logistic:
      return nn::PixelActivation::sigmoid;
    default:
      return nn::PixelActivation::none;
  }
}

nn::ConvUnitShape unit_of(const DarknetLayer& layer) {
  return {.conv = {.in = layer.in_channels,
                   .out = layer.channels,
                   .kernel = layer.size,
                   .stride = layer.stride,
                   .groups = layer.groups,
                   .padding = layer.padding > 0 || layer.size == 1 ? nn::ConvPadding::half
                                                                   : nn::ConvPadding::none,
                   .bias = !layer.normalized},
          .normalized = layer.normalized,
          .eps = kDarknetEps,
          .momentum = kDarknetMomentum,
          .activation = activation_of(layer.activation)};
}

// maxpool_layer.c: `padding` in all, its smaller half in front; nothing outside is a maximum.
at::Tensor max_pool(const DarknetLayer& layer, const at::Tensor& x) {
  const std::int64_t before = layer.padding / 2;
  const auto behind = [&](std::int64_t length) {
    const std::int64_t out = (length + layer.padding - layer.size) / layer.stride + 1;
    return std::max<std::int64_t>((out - 1) * layer.stride + layer.size - before - length, 0);
  };
  const std::int64_t down = behind(x.size(2)), across = behind(x.size(3));
  if (down <= before && across <= before) {
    // ATen pads both sides alike, and leaves out what does not fill a window.
    return at::max_pool2d(x, layer.size, layer.stride, before);
  }
  const at::Tensor padded = at::constant_pad_nd(x, {before, across, before, down},
                                                -std::numeric_limits<double>::infinity());
  return at::max_pool2d(padded, layer.size, layer.stride);
}

// shortcut_layer.c: channels that only one of the two has are the first one's, or are left out.
at::Tensor add_common(const at::Tensor& x, const at::Tensor& other) {
  const std::int64_t common = std::min(x.size(1), other.size(1));
  const at::Tensor sum = x.slice(1, 0, common) + other.slice(1, 0, common);
  return common == x.size(1) ? sum : at::cat({sum, x.slice(1, common)}, 1);
}

at::Tensor upsample(const DarknetLayer& layer, const at::Tensor& x) {
  const at::Tensor large =
      at::upsample_nearest2d(x, {x.size(2) * layer.stride, x.size(3) * layer.stride});
  return layer.scale == 1 ? large : large * layer.scale;
}

}  // namespace

Darknet::Darknet(DarknetConfig config) : config_(std::move(config)) {
  const auto& layers = config_.network.layers;
  convs_.resize(layers.size());
  dropouts_.resize(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = fmt::format("layers.{}", i);
    if (layers[i].kind == DarknetKind::convolutional) {
      convs_[i] = register_at(name, std::make_shared<nn::ConvUnit>(unit_of(layers[i])));
    } else if (layers[i].kind == DarknetKind::dropout) {
      dropouts_[i] = register_at(name, std::make_shared<nn::Dropout>(layers[i].probability));
    } else if (layers[i].kind == DarknetKind::yolo) {
      heads_.push_back(i - 1);
    }
  }
  find_readers();
  find_groups();
  assign_dropout_sites(*this);
}

bool Darknet::is_head(std::size_t layer) const {
  return std::find(heads_.begin(), heads_.end(), layer) != heads_.end();
}

void Darknet::find_readers() {
  const auto& layers = config_.network.layers;
  last_reader_.assign(layers.size(), 0);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].kind == DarknetKind::yolo) continue;
    for (const std::int64_t input : layers[i].inputs) {
      if (input < 0) continue;
      const auto from = static_cast<std::size_t>(input);
      check(!is_head(from) && layers[from].kind != DarknetKind::yolo, ErrorKind::data,
            "{}: it reads layer {}, which is of the head: only detection layers may",
            config_.cfg.where(config_.cfg.sections[i + 1]), from);
      last_reader_[from] = std::max(last_reader_[from], is_head(i) ? layers.size() : i);
    }
  }
}

void Darknet::find_groups() {
  const auto& layers = config_.network.layers;
  std::size_t first_of_smallest = 0, last_sum = 0;
  std::int64_t smallest = config_.network.height;
  std::vector<std::size_t> begins = {0};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].height < smallest) {
      smallest = layers[i].height;
      first_of_smallest = i;
      last_sum = 0;
      if (i > 0) begins.push_back(i);
    }
    if (layers[i].kind == DarknetKind::shortcut && layers[i].height == smallest) last_sum = i;
  }
  begins.push_back(std::max(first_of_smallest, last_sum) + 1);
  const auto has_parameters = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (convs_[i] && !is_head(i)) return true;
    }
    return false;
  };
  for (std::size_t g = 0; g < begins.size(); ++g) {
    const bool is_neck = g + 1 == begins.size();
    const std::size_t end = is_neck ? layers.size() : begins[g + 1];
    if (!has_parameters(begins[g], end) && !groups_.empty()) {
      groups_.back().end = end;  // a stage of maxima alone
      continue;
    }
    const std::string name = is_neck ? "neck" : fmt::format("stage {}", groups_.size() + 1);
    groups_.push_back({name, begins[g], end});
  }
}

std::vector<DepthGroup> Darknet::depth_groups() const {
  std::vector<DepthGroup> result;
  for (const Group& group : groups_) {
    DepthGroup& depth = result.emplace_back(DepthGroup{group.name, {}});
    for (std::size_t i = group.begin; i < group.end; ++i) {
      if (convs_[i] && !is_head(i)) depth.prefixes.push_back(fmt::format("layers.{}.", i));
    }
  }
  DepthGroup& head = result.emplace_back(DepthGroup{"head", {}});
  for (const std::size_t i : heads_) head.prefixes.push_back(fmt::format("layers.{}.", i));
  return result;
}

std::vector<std::string> Darknet::head_tensors() const {
  std::vector<std::string> names;
  for (const DarknetTensor& tensor : darknet_tensors(config_.network)) {
    if (is_head(tensor.layer)) names.push_back(tensor.name);
  }
  return names;
}

// The state behind a group is what later layers read, by number.
std::vector<std::size_t> Darknet::needed_behind(std::size_t end) const {
  std::vector<std::size_t> needed;
  for (std::size_t i = 0; i < end; ++i) {
    if (last_reader_[i] >= end) needed.push_back(i);
  }
  return needed;
}

Activations Darknet::run_group(std::int64_t number, const Activations& state) {
  if (number == std::ssize(groups_)) return run_head(state);
  const Group& group = groups_[static_cast<std::size_t>(number)];
  Values values(config_.network.layers.size());
  at::Tensor pixels;
  if (group.begin == 0) {
    pixels = state.only();
  } else {
    const auto needed = needed_behind(group.begin);
    check(needed.size() == state.parts.size(), ErrorKind::internal,
          "a state of {} parts enters layer {}, expected {}", state.parts.size(), group.begin,
          needed.size());
    for (std::size_t p = 0; p < needed.size(); ++p) values[needed[p]] = state.parts[p];
  }
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const DarknetLayer& layer = config_.network.layers[i];
    if (is_head(i) || layer.kind == DarknetKind::yolo) continue;
    values[i] = run_layer(i, values, pixels);
    for (const std::int64_t input : layer.inputs) {
      if (input < 0) continue;
      const auto from = static_cast<std::size_t>(input);
      if (last_reader_[from] == i) values[from].reset();  // memory for those that follow
    }
  }
  Activations result;
  for (const std::size_t i : needed_behind(group.end)) result.parts.push_back(values[i]);
  return result;
}

Activations Darknet::run_head(const Activations& state) {
  const auto needed = needed_behind(config_.network.layers.size());
  Activations outputs;
  for (const std::size_t i : heads_) {
    const auto from = static_cast<std::size_t>(config_.network.layers[i].inputs.front());
    const auto place = std::find(needed.begin(), needed.end(), from) - needed.begin();
    // A sigmoid behind the last convolution is part of how boxes are read (anchor_square).
    outputs.parts.push_back(convs_[i]->linear(state.parts.at(static_cast<std::size_t>(place))));
  }
  return outputs;
}

at::Tensor Darknet::run_layer(std::size_t index, const Values& values, const at::Tensor& pixels) {
  const DarknetLayer& layer = config_.network.layers[index];
  std::vector<at::Tensor> inputs;
  for (const std::int64_t from : layer.inputs) {
    at::Tensor input = from < 0 ? pixels : values[static_cast<std::size_t>(from)];
    if (layer.kind == DarknetKind::route && layer.groups > 1) {
      input = input.chunk(layer.groups, 1)[static_cast<std::size_t>(layer.group)];
    }
    inputs.push_back(std::move(input));
  }
  switch (layer.kind) {
    case DarknetKind::convolutional:
      return convs_[index]->forward(inputs[0]);
    case DarknetKind::shortcut: {
      at::Tensor sum = inputs[0];
      for (std::size_t i = 1; i < inputs.size(); ++i) sum = add_common(sum, inputs[i]);
      return nn::activate(sum, activation_of(layer.activation));
    }
    case DarknetKind::route:
      return inputs.size() == 1 ? inputs[0] : at::cat(inputs, 1);
    case DarknetKind::maxpool:
      return max_pool(layer, inputs[0]);
    case DarknetKind::upsample:
      return upsample(layer, inputs[0]);
    case DarknetKind::dropout:
      return dropouts_[index]->forward(inputs[0]);
    default:
      fail(ErrorKind::internal, "layer {} is of the head", index);
  }
}

}  // namespace attune
