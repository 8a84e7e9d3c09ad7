#include "attune/models/yolox/yolox_config.h"

#include <fmt/format.h>

#include "attune/models/config_fields.h"
#include "attune/models/detection/coco_labels.h"
#include "attune/models/detection/detector_load.h"
#include "attune/models/image/image_origin.h"

namespace attune {

namespace {

constexpr const char* kYoloxType = "yolox";
constexpr std::int64_t kMaxYoloxBase = 1024, kMaxYoloxDepth = 64;

}  // namespace

DetectorInfo YoloxConfig::info() const {
  DetectorInfo info{.labels = labels};
  info.head = {.formula = BoxFormula::point_exp,
               .classes = std::ssize(labels),
               .levels = {{.stride = 8}, {.stride = 16}, {.stride = 32}}};
  // yolox/data/data_augment.py, preproc: in the top left corner, blue first, not scaled.
  info.input = {.size = {image_size, image_size},
                .framing = Framing::letterbox_corner,
                .rounds_down = true,
                .pad = 114,
                .bgr = true,
                .scale = 1};
  info.size_multiple = 32;
  return info;
}

double YoloxConfig::parameters() const {
  constexpr double kOfS = 9e6;  // base 32, depth 1
  const double width = static_cast<double>(base_channels) / 32;
  return kOfS * width * width * (0.6 + 0.4 * static_cast<double>(depth)) * (depthwise ? 0.4 : 1);
}

YoloxConfig YoloxConfig::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  YoloxConfig config;
  fields.read("base_channels", config.base_channels);
  fields.expect_size("base_channels", config.base_channels, kMaxYoloxBase);
  fields.read("depth", config.depth);
  fields.expect_size("depth", config.depth, kMaxYoloxDepth);
  fields.read("depthwise", config.depthwise);
  fields.read("image_size", config.image_size);
  fields.expect(
      config.image_size >= 32 && config.image_size <= kMaxInputSide && config.image_size % 32 == 0,
      "image_size", "a multiple of 32 up to 16384");
  config.labels = read_labels(fields);
  config.source = json;
  return config;
}

Json YoloxConfig::to_json() const {
  Json json = source;
  json["model_type"] = kYoloxType;
  json["base_channels"] = base_channels;
  json["depth"] = depth;
  json["depthwise"] = depthwise;
  json["image_size"] = image_size;
  write_labels(json, labels, {});
  json["dtype"] = "float32";
  return json;
}

std::optional<Json> yolox_settings(const CheckpointFile& weights) {
  const std::int64_t base = first_size(weights, "backbone.backbone.stem.conv.conv.weight");
  const std::int64_t classes = first_size(weights, "head.cls_preds.0.weight");
  if (base == 0 || classes == 0 || classes > kMaxLabels) return std::nullopt;
  std::int64_t depth = 0;
  const auto has_item = [&](std::int64_t i) {
    return weights.find(fmt::format("backbone.backbone.dark2.1.m.{}.conv1.conv.weight", i)) !=
           nullptr;
  };
  while (depth < kMaxYoloxDepth && has_item(depth)) ++depth;
  std::vector<std::string> labels = stored_labels(weights);
  if (std::ssize(labels) != classes) labels = usual_labels(classes);
  YoloxConfig config{
      .base_channels = base,
      .depth = depth,
      .depthwise = first_size(weights, "backbone.backbone.dark2.0.dconv.conv.weight") > 0,
      // exps/default: nano and tiny are tested at 416.
      .image_size = base <= 24 ? 416 : 640,
      .labels = std::move(labels)};
  return config.to_json();
}

}  // namespace attune
