#include "attune/models/yolov8/yolov8_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "attune/models/config_fields.h"
#include "attune/models/detection/coco_labels.h"
#include "attune/models/detection/detector_load.h"
#include "attune/models/image/image_origin.h"

namespace attune {

namespace {

constexpr const char* kYolov8Type = "yolov8";
constexpr std::int64_t kMaxYolov8Channels = 4096, kMaxYolov8Repeats = 64;

// How many of PATTERN with 0, 1, ... are there.
template <typename Name>
std::int64_t count_of(const CheckpointFile& weights, const Name& name) {
  std::int64_t found = 0;
  while (found < kMaxYolov8Repeats && weights.find(name(found)) != nullptr) ++found;
  return found;
}

std::int64_t items_of(const CheckpointFile& weights, int layer) {
  return count_of(weights, [&](std::int64_t i) {
    return fmt::format("model.{}.m.{}.cv1.conv.weight", layer, i);
  });
}

}  // namespace

DetectorInfo Yolov8Config::info() const {
  DetectorInfo info{.labels = labels};
  info.head = {.formula = BoxFormula::distances,
               .classes = std::ssize(labels),
               .has_objectness = false,
               .bins = kYolov8Bins,
               .levels = {{.stride = 8}, {.stride = 16}, {.stride = 32}}};
  info.input = {.size = {image_size, image_size}, .framing = Framing::letterbox, .pad = 114};
  info.size_multiple = 32;
  return info;
}

double Yolov8Config::parameters() const {
  double squares = 0;
  for (const std::int64_t width : channels) {
    squares += static_cast<double>(width) * static_cast<double>(width);
  }
  // Of 3 x 3 convolutions between stages and in the blocks of backbone and neck.
  const double blocks = 1 + static_cast<double>(repeats + inner_repeats);
  return squares * 9 * blocks;
}

Yolov8Config Yolov8Config::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  Yolov8Config config;
  fields.read("version", config.version);
  fields.expect(config.version == 8 || config.version == 11, "version", "8 or 11");
  std::vector<std::int64_t> channels(config.channels.begin(), config.channels.end());
  fields.read("channels", channels);
  const bool fits = channels.size() == config.channels.size() &&
                    std::all_of(channels.begin(), channels.end(), [](std::int64_t width) {
                      return width >= 4 && width <= kMaxYolov8Channels && width % 4 == 0;
                    });
  fields.expect(fits, "channels", "five multiples of 4 up to 4096");
  std::copy(channels.begin(), channels.end(), config.channels.begin());
  fields.read("repeats", config.repeats);
  fields.expect_size("repeats", config.repeats, kMaxYolov8Repeats);
  fields.read("inner_repeats", config.inner_repeats);
  fields.expect_size("inner_repeats", config.inner_repeats, kMaxYolov8Repeats);
  fields.read("nested", config.nested);
  fields.read("attentions", config.attentions);
  fields.expect_size("attentions", config.attentions, kMaxYolov8Repeats);
  fields.read("box_channels", config.box_channels);
  fields.expect_size("box_channels", config.box_channels, kMaxYolov8Channels);
  fields.read("class_channels", config.class_channels);
  fields.expect_size("class_channels", config.class_channels, kMaxYolov8Channels);
  fields.read("image_size", config.image_size);
  fields.expect(
      config.image_size >= 32 && config.image_size <= kMaxInputSide && config.image_size % 32 == 0,
      "image_size", "a multiple of 32 up to 16384");
  fields.read("license", config.license);
  fields.expect(!config.is_11() || config.channels[4] % 128 == 0, "channels",
                "a last one that is a multiple of 128, for heads of 64 channels");
  config.labels = read_labels(fields);
  config.source = json;
  return config;
}

Json Yolov8Config::to_json() const {
  Json json = source;
  json["model_type"] = kYolov8Type;
  json["version"] = version;
  json["channels"] = channels;
  json["repeats"] = repeats;
  json["inner_repeats"] = inner_repeats;
  if (is_11()) {
    json["nested"] = nested;
    json["attentions"] = attentions;
  }
  json["box_channels"] = box_channels;
  json["class_channels"] = class_channels;
  json["image_size"] = image_size;
  if (!license.empty()) json["license"] = license;
  write_labels(json, labels, {});
  json["dtype"] = "float32";
  return json;
}

std::optional<Json> yolov8_settings(const CheckpointFile& weights) {
  Yolov8Config config;
  const auto head = [&](const char* rest) {
    return fmt::format("model.{}.{}", config.head_layer(), rest);
  };
  if (first_size(weights, head("cv3.0.2.weight")) == 0) config.version = 11;
  const std::int64_t classes = first_size(weights, head("cv3.0.2.weight"));
  if (classes == 0 || classes > kMaxLabels) return std::nullopt;
  constexpr std::array<int, 5> kStages = {0, 1, 3, 5, 7};
  for (std::size_t s = 0; s < kStages.size(); ++s) {
    config.channels[s] = first_size(weights, fmt::format("model.{}.conv.weight", kStages[s]));
  }
  config.repeats = items_of(weights, 2);
  config.inner_repeats = items_of(weights, 4);
  config.box_channels = first_size(weights, head("cv2.0.0.conv.weight"));
  if (config.is_11()) {
    config.nested = weights.find("model.2.m.0.cv3.conv.weight") != nullptr;
    config.attentions = count_of(weights, [](std::int64_t i) {
      return fmt::format("model.10.m.{}.attn.qkv.conv.weight", i);
    });
    config.class_channels = first_size(weights, head("cv3.0.0.1.conv.weight"));
  } else {
    config.class_channels = first_size(weights, head("cv3.0.0.conv.weight"));
  }
  // Other networks of that writer (segmentation, older and newer ones) have names in common.
  const auto is_zero = [](std::int64_t value) { return value == 0; };
  if (std::any_of(config.channels.begin(), config.channels.end(), is_zero) || config.repeats == 0 ||
      config.inner_repeats == 0 || config.box_channels == 0 || config.class_channels == 0 ||
      (config.is_11() && config.attentions == 0)) {
    return std::nullopt;
  }
  config.labels = stored_labels(weights);
  if (std::ssize(config.labels) != classes) config.labels = usual_labels(classes);
  const auto license = weights.metadata().find("license");
  if (license != weights.metadata().end()) config.license = license->second;
  return config.to_json();
}

}  // namespace attune
