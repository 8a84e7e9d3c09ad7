#include "attune/pretrained/formats/darknet/darknet_network.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/config/field.h"

// Names, defaults and formulas: AlexeyAB/darknet src/parser.c, of which pjreddie's are a part.

namespace attune {
namespace {

// Far above networks in use: a hostile file must not have memory taken for it.
constexpr std::int64_t kMaxSide = 1 << 14, kMaxChannels = 1 << 16, kMaxKernel = 63;
constexpr std::int64_t kMaxClasses = 1 << 16, kMaxAnchors = 64, kMaxLayer = 1 << 16;
constexpr std::int64_t kMaxValues = 1 << 28;  // that a layer gives for a picture

/// What is built up layer by layer.
class Builder {
 public:
  explicit Builder(const DarknetCfg& cfg) : cfg_(cfg) { read_net(); }

  DarknetNetwork build() {
    for (std::size_t i = 1; i < cfg_.sections.size(); ++i) {
      section_ = &cfg_.sections[i];
      layer_ = {.line = section_->line};
      read_layer();
      network_.layers.push_back(std::move(layer_));
    }
    const bool detects =
        std::any_of(network_.layers.begin(), network_.layers.end(),
                    [](const DarknetLayer& layer) { return layer.kind == DarknetKind::yolo; });
    check(detects, ErrorKind::data,
          "{}: it has no [yolo] layer: the network finds no boxes, and networks of darknet's are "
          "read as detectors alone",
          cfg_.source);
    return std::move(network_);
  }

 private:
  struct Shape {
    std::int64_t channels, height, width;
    bool operator==(const Shape&) const = default;
  };

  void read_net() {
    const DarknetSection& net = cfg_.sections.front();
    check(net.type == "net" || net.type == "network", ErrorKind::data,
          "{} line {}: the first section is [{}], expected [net]", cfg_.source, net.line, net.type);
    section_ = &net;
    network_.channels = integer("channels", 3, 1, 3);
    network_.height = integer("height", 0, 1, kMaxSide);
    network_.width = integer("width", 0, 1, kMaxSide);
    check(network_.height > 0 && network_.width > 0, ErrorKind::data,
          "{}: width and height of the input are missing", cfg_.where(net));
    network_.letterbox = integer("letter_box", 0, 0, 1) == 1;
  }

  std::int64_t integer(const char* key, std::int64_t otherwise, std::int64_t least,
                       std::int64_t greatest) const {
    return cfg_.integer(*section_, key, otherwise, least, greatest);
  }

  template <typename... Args>
  void expect(bool ok, fmt::format_string<Args...> format, Args&&... args) const {
    if (ok) return;
    fail(ErrorKind::data, "{}: {}", cfg_.where(*section_),
         fmt::format(format, std::forward<Args>(args)...));
  }

  /// Options that change the result and are not implemented must have the value that changes
  /// nothing.
  void refuse_others(std::initializer_list<const char*> keys) const {
    for (const char* key : keys) {
      const DarknetOption* option = section_->find(key);
      expect(option == nullptr || option->value == "0", "{}={} is not implemented here", key,
             option == nullptr ? "" : option->value);
    }
  }

  std::int64_t number() const { return std::ssize(network_.layers); }

  Shape shape(std::int64_t index) const {
    if (index < 0) return {network_.channels, network_.height, network_.width};
    const DarknetLayer& layer = network_.layers[static_cast<std::size_t>(index)];
    return {layer.channels, layer.height, layer.width};
  }

  void set_shape(const Shape& shape) {
    layer_.channels = shape.channels;
    layer_.height = shape.height;
    layer_.width = shape.width;
    expect(shape.height >= 1 && shape.width >= 1 && shape.height <= kMaxSide &&
               shape.width <= kMaxSide && shape.channels <= kMaxChannels &&
               shape.height * shape.width <= kMaxValues / shape.channels,
           "its output would be {} x {} of {} channels", shape.width, shape.height, shape.channels);
  }

  /// What the layer before gives.
  Shape read_previous() {
    layer_.inputs = {number() - 1};
    const Shape previous = shape(number() - 1);
    layer_.in_channels = previous.channels;
    return previous;
  }

  /// Numbers of layers, those below 0 counted from this one.
  std::vector<std::int64_t> layers_of(const char* key) const {
    std::vector<std::int64_t> numbers = cfg_.integers(*section_, key, -kMaxLayer, kMaxLayer);
    expect(!numbers.empty(), "{}= is missing: the layers that it reads", key);
    for (std::int64_t& index : numbers) {
      const std::int64_t given = index;
      if (index < 0) index += number();
      expect(index >= 0 && index < number(), "{}={} is no layer before this one, number {}", key,
             given, number());
    }
    return numbers;
  }

  void read_activation(const char* otherwise) {
    const std::string name = cfg_.text(*section_, "activation", otherwise);
    const auto found = config::enum_value<DarknetActivation>(name);
    expect(found.has_value(),
           "activation={} is not implemented here; those that are: linear, leaky, relu, mish, "
           "swish, logistic",
           name);
    layer_.activation = *found;
  }

  void read_stride(std::int64_t greatest) {
    layer_.stride = integer("stride", 1, 1, greatest);
    const std::int64_t x = integer("stride_x", layer_.stride, 1, greatest);
    const std::int64_t y = integer("stride_y", layer_.stride, 1, greatest);
    expect(x == y, "stride_x={} and stride_y={} differ, which is not implemented here", x, y);
    layer_.stride = x;
  }

  void read_convolutional() {
    layer_.kind = DarknetKind::convolutional;
    refuse_others({"binary", "xnor", "bin_output", "antialiasing", "sway", "rotate", "stretch",
                   "stretch_sway", "flipped", "coordconv", "reverse", "dontload",
                   "dontloadscales"});
    expect(section_->find("share_index") == nullptr, "share_index is not implemented here");
    const Shape in = read_previous();
    layer_.channels = integer("filters", 1, 1, kMaxChannels);
    layer_.size = integer("size", 1, 1, kMaxKernel);
    expect(layer_.size % 2 == 1, "size={} is even, which is not implemented here", layer_.size);
    read_stride(kMaxKernel);
    const std::int64_t dilation = integer("dilation", 1, 1, kMaxKernel);
    expect(dilation == 1 || layer_.size == 1, "dilation={} is not implemented here", dilation);
    layer_.padding = integer("padding", 0, 0, kMaxKernel);
    if (integer("pad", 0, 0, kMaxKernel) != 0) layer_.padding = layer_.size / 2;
    expect(layer_.padding == 0 || layer_.padding == layer_.size / 2,
           "padding={} is not implemented here, only 0 and half of size={}", layer_.padding,
           layer_.size);
    layer_.groups = integer("groups", 1, 1, kMaxChannels);
    expect(in.channels % layer_.groups == 0 && layer_.channels % layer_.groups == 0,
           "groups={} does not divide its {} input channels and filters={}", layer_.groups,
           in.channels, layer_.channels);
    layer_.normalized = integer("batch_normalize", 0, 0, 2) != 0 || integer("cbn", 0, 0, 1) != 0;
    read_activation("logistic");
    const auto side = [&](std::int64_t length) {
      const std::int64_t room = length + 2 * layer_.padding - layer_.size;
      return room < 0 ? 0 : room / layer_.stride + 1;
    };
    set_shape({layer_.channels, side(in.height), side(in.width)});
  }

  void read_shortcut() {
    layer_.kind = DarknetKind::shortcut;
    const std::string weights = cfg_.text(*section_, "weights_type", "none");
    expect(weights == "none", "weights_type={} is not implemented here", weights);
    const Shape in = read_previous();
    for (const std::int64_t index : layers_of("from")) {
      const Shape other = shape(index);
      expect(other.height == in.height && other.width == in.width,
             "from={} is {} x {}, the layer before {} x {}: only equal sizes can be added", index,
             other.width, other.height, in.width, in.height);
      layer_.inputs.push_back(index);
    }
    read_activation("linear");
    set_shape(in);
  }

  void read_route() {
    layer_.kind = DarknetKind::route;
    layer_.inputs = layers_of("layers");
    layer_.groups = integer("groups", 1, 1, kMaxChannels);
    layer_.group = integer("group_id", 0, 0, kMaxChannels);
    expect(layer_.group < layer_.groups, "group_id={} is none of {} groups", layer_.group,
           layer_.groups);
    Shape out = shape(layer_.inputs.front());
    out.channels = 0;
    for (const std::int64_t index : layer_.inputs) {
      const Shape in = shape(index);
      expect(in.height == out.height && in.width == out.width,
             "layer {} is {} x {}, layer {} {} x {}: only equal sizes can be joined",
             layer_.inputs.front(), out.width, out.height, index, in.width, in.height);
      expect(in.channels % layer_.groups == 0, "groups={} does not divide the {} channels of {}",
             layer_.groups, in.channels, index);
      out.channels += in.channels / layer_.groups;
    }
    layer_.in_channels = out.channels;
    set_shape(out);
  }

  void read_maxpool() {
    layer_.kind = DarknetKind::maxpool;
    refuse_others({"maxpool_depth", "antialiasing", "maxpool_zero_nonmax"});
    const Shape in = read_previous();
    read_stride(kMaxKernel);
    layer_.size = integer("size", layer_.stride, 1, kMaxKernel);
    layer_.padding = integer("padding", layer_.size - 1, 0, layer_.size - 1);
    const auto side = [&](std::int64_t length) {
      const std::int64_t room = length + layer_.padding - layer_.size;
      return room < 0 ? 0 : room / layer_.stride + 1;
    };
    set_shape({in.channels, side(in.height), side(in.width)});
  }

  void read_upsample() {
    layer_.kind = DarknetKind::upsample;
    const Shape in = read_previous();
    layer_.stride = integer("stride", 2, 1, 64);
    layer_.scale = cfg_.real(*section_, "scale", 1);
    set_shape({in.channels, in.height * layer_.stride, in.width * layer_.stride});
  }

  void read_dropout() {
    layer_.kind = DarknetKind::dropout;
    refuse_others({"dropblock"});
    const Shape in = read_previous();
    layer_.probability = cfg_.real(*section_, "probability", 0.2);
    expect(layer_.probability >= 0 && layer_.probability < 1,
           "probability={} is not at least 0 and below 1", layer_.probability);
    set_shape(in);
  }

  void read_anchors() {
    const std::int64_t count = integer("num", 1, 1, kMaxAnchors);
    const std::vector<double> sides = cfg_.reals(*section_, "anchors");
    expect(std::ssize(sides) >= 2 * count,
           "num={} anchors have {} sides, but anchors= lists {} numbers", count, 2 * count,
           sides.size());
    std::vector<std::int64_t> chosen = cfg_.integers(*section_, "mask", 0, kMaxAnchors);
    if (section_->find("mask") == nullptr) {
      for (std::int64_t i = 0; i < count; ++i) chosen.push_back(i);
    }
    expect(std::ssize(chosen) <= count, "mask names {} of num={} anchors", chosen.size(), count);
    for (const std::int64_t i : chosen) {
      expect(i < count, "mask holds {}, but num={} anchors are numbered from 0", i, count);
      const auto at = static_cast<std::size_t>(2 * i);
      expect(sides[at] > 0 && sides[at + 1] > 0, "anchor {} is {} x {}, expected sides above 0", i,
             sides[at], sides[at + 1]);
      layer_.anchors.emplace_back(sides[at], sides[at + 1]);
    }
  }

  void read_yolo() {
    layer_.kind = DarknetKind::yolo;
    expect(number() > 0 && network_.layers.back().kind == DarknetKind::convolutional,
           "the layer before it is no [convolutional]");
    const Shape in = read_previous();
    layer_.classes = integer("classes", 20, 1, kMaxClasses);
    read_anchors();
    layer_.scale_xy = cfg_.real(*section_, "scale_x_y", 1);
    layer_.new_coords = integer("new_coords", 0, 0, 1) == 1;
    const std::int64_t wanted = std::ssize(layer_.anchors) * (5 + layer_.classes);
    const DarknetLayer& before = network_.layers.back();
    expect(in.channels == wanted,
           "{} anchors with 5 + classes={} numbers each need filters={} in the [convolutional] "
           "before it, which has {} (line {})",
           layer_.anchors.size(), layer_.classes, wanted, in.channels, before.line);
    const auto activation =
        layer_.new_coords ? DarknetActivation::logistic : DarknetActivation::linear;
    expect(before.activation == activation,
           "new_coords={} goes with activation={} in the [convolutional] before it (line {})",
           layer_.new_coords ? 1 : 0, config::enum_name(activation), before.line);
    set_shape(in);
  }

  void read_layer() {
    using Read = void (Builder::*)();
    constexpr std::array<std::pair<std::string_view, Read>, 9> kReaders = {
        {{"convolutional", &Builder::read_convolutional},
         {"conv", &Builder::read_convolutional},
         {"shortcut", &Builder::read_shortcut},
         {"route", &Builder::read_route},
         {"maxpool", &Builder::read_maxpool},
         {"max", &Builder::read_maxpool},
         {"upsample", &Builder::read_upsample},
         {"dropout", &Builder::read_dropout},
         {"yolo", &Builder::read_yolo}}};
    for (const auto& [type, read] : kReaders) {
      if (section_->type == type) return (this->*read)();
    }
    expect(false,
           "layers of this kind are not implemented here; those that are: convolutional, shortcut, "
           "route, maxpool, upsample, dropout, yolo");
  }

  const DarknetCfg& cfg_;
  const DarknetSection* section_ = nullptr;
  DarknetLayer layer_;
  DarknetNetwork network_;
};

}  // namespace

DarknetNetwork read_darknet_network(const DarknetCfg& cfg) {
  check(!cfg.sections.empty(), ErrorKind::data, "{}: it has no [section]", cfg.source);
  return Builder(cfg).build();
}

}  // namespace attune
