#include "attune/models/darknet/darknet_config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "attune/base/error.h"
#include "attune/models/config_fields.h"
#include "attune/models/detection/detector_load.h"
#include "attune/models/image/image_origin.h"
#include "attune/pretrained/formats/darknet/darknet_weights.h"

namespace attune {

namespace {

constexpr const char* kDarknetType = "darknet";

const DarknetLayer& first_head(const DarknetNetwork& network) {
  return *std::find_if(network.layers.begin(), network.layers.end(),
                       [](const DarknetLayer& layer) { return layer.kind == DarknetKind::yolo; });
}

std::int64_t stride_of(const DarknetConfig& config, std::size_t index) {
  const DarknetNetwork& network = config.network;
  const DarknetLayer& layer = network.layers[index];
  const std::int64_t stride = network.height / layer.height;
  check(stride * layer.height == network.height && stride * layer.width == network.width,
        ErrorKind::data, "{}: its {} x {} cells do not divide the input of {} x {} pixels evenly",
        config.cfg.where(config.cfg.sections[index + 1]), layer.width, layer.height, network.width,
        network.height);
  return stride;
}

// What serves one network serves all its detection layers.
void check_heads(const DarknetConfig& config) {
  const DarknetLayer& first = first_head(config.network);
  for (std::size_t i = 0; i < config.network.layers.size(); ++i) {
    const DarknetLayer& layer = config.network.layers[i];
    if (layer.kind != DarknetKind::yolo) continue;
    check(layer.classes == first.classes && layer.new_coords == first.new_coords, ErrorKind::data,
          "{}: classes={} and new_coords={}, but {} and {} in the first [yolo]: expected the same "
          "in all",
          config.cfg.where(config.cfg.sections[i + 1]), layer.classes, layer.new_coords ? 1 : 0,
          first.classes, first.new_coords ? 1 : 0);
    stride_of(config, i);
  }
}

}  // namespace

void DarknetConfig::apply(const DetectorHeadOptions& head) {
  labels = asked_classes(labels, head);
  if (head.input_size) {
    // Before the new sizes are told to fit no route.
    const std::int64_t multiple = info().size_multiple;
    check(head.input_size->height % multiple == 0 && head.input_size->width % multiple == 0,
          ErrorKind::user, "{}: an input of {} x {} pixels: this network takes multiples of {}",
          cfg.source, head.input_size->width, head.input_size->height, multiple);
    cfg.sections.front().set("height", std::to_string(head.input_size->height));
    cfg.sections.front().set("width", std::to_string(head.input_size->width));
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const DarknetLayer& layer = network.layers[i];
    if (layer.kind != DarknetKind::yolo) continue;
    const std::int64_t classes = std::ssize(labels);
    cfg.sections[i + 1].set("classes", std::to_string(classes));
    cfg.sections[i].set("filters", std::to_string(std::ssize(layer.anchors) * (5 + classes)));
  }
  network = read_darknet_network(cfg);
  check_heads(*this);
}

DetectorInfo DarknetConfig::info() const {
  DetectorInfo info{.labels = labels};
  info.head.formula =
      first_head(network).new_coords ? BoxFormula::anchor_square : BoxFormula::anchor_exp;
  info.head.classes = std::ssize(labels);
  info.size_multiple = 1;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const DarknetLayer& layer = network.layers[i];
    if (layer.height > 0 && network.height % layer.height == 0) {
      info.size_multiple = std::max(info.size_multiple, network.height / layer.height);
    }
    if (layer.kind != DarknetKind::yolo) continue;
    DetectionLevel& level = info.head.levels.emplace_back();
    level.stride = stride_of(*this, i);
    level.scale_xy = layer.scale_xy;
    for (const auto& [width, height] : layer.anchors) level.anchors.push_back({width, height});
  }
  // darknet's own resize, which `detector test` uses whatever training did; its letterbox is grey
  // at one half.
  info.input = {.size = {network.height, network.width},
                .framing = network.letterbox ? Framing::letterbox : Framing::stretch,
                .stretch = StretchKind::corners,
                .rounds_down = true,
                .pad = 127.5,
                .channels = network.channels};
  return info;
}

double DarknetConfig::parameters() const {
  double count = 0;
  for (const DarknetTensor& tensor : darknet_tensors(network)) {
    double values = 1;
    for (const std::int64_t size : tensor.shape) values *= static_cast<double>(size);
    count += values;
  }
  return count;
}

DarknetConfig DarknetConfig::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  std::string text;
  fields.read("cfg", text);
  fields.expect(!text.empty(), "cfg", "the text of darknet's .cfg file");
  DarknetConfig config;
  config.cfg = parse_darknet_cfg(text, source + ": \"cfg\"");
  config.network = read_darknet_network(config.cfg);
  check_heads(config);
  const std::int64_t classes = first_head(config.network).classes;
  config.labels = fields.has("id2label") ? read_labels(fields) : default_labels(classes);
  check(std::ssize(config.labels) == classes, ErrorKind::data,
        "{}: \"id2label\" names {} classes, its network has {}", source, config.labels.size(),
        classes);
  config.source = json;
  return config;
}

Json DarknetConfig::to_json() const {
  Json json = source;
  json["model_type"] = kDarknetType;
  json["cfg"] = cfg.text();
  write_labels(json, labels, {});
  json["dtype"] = "float32";
  return json;
}

std::optional<Json> darknet_settings(const CheckpointFile& weights) {
  const auto cfg = weights.metadata().find("darknet_cfg");
  if (cfg == weights.metadata().end()) return std::nullopt;
  Json json = {{"model_type", kDarknetType}, {"cfg", cfg->second}};
  if (const auto labels = stored_labels(weights); !labels.empty()) write_labels(json, labels, {});
  return json;
}

}  // namespace attune
