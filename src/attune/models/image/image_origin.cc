#include "attune/models/image/image_origin.h"

#include <cmath>
#include <set>
#include <utility>

#include "attune/base/error.h"
#include "attune/models/config_fields.h"
#include "attune/models/image/preprocessing.h"

namespace attune {

namespace {

constexpr std::int64_t kXrvFindings = 18;  // torchxrayvision.datasets.default_pathologies
constexpr std::int64_t kMaxSide = 16'384;

// The first tensor whose name ends like that, inside of whatever, or nullptr.
const TensorView* find_ending(const CheckpointFile& file, std::string_view ending) {
  for (const TensorView& tensor : file.tensors()) {
    const std::string_view name = tensor.name;
    const bool whole = name.size() == ending.size();
    if (name.ends_with(ending) && (whole || name[name.size() - ending.size() - 1] == '.')) {
      return &tensor;
    }
  }
  return nullptr;
}

// Torchvision's rounding of where the middle is.
void crop_middle(Json& json, std::int64_t size) {
  json["do_center_crop"] = true;
  json["crop_size"] = {{"height", size}, {"width", size}};
  json["center_crop_rounding"] = "half_even";
}

// Pillow's numbers of the filters that timm names (timm/data/transforms.py, str_to_pil_interp).
int filter_number(const ConfigFields& fields) {
  std::string name = "bicubic";
  fields.read("interpolation", name);
  for (const auto& [known, number] :
       {std::pair{"nearest", 0}, {"lanczos", 1}, {"bilinear", 2}, {"bicubic", 3}, {"box", 4}}) {
    if (name == known) return number;
  }
  fields.expect(false, "interpolation", "nearest, lanczos, bilinear, bicubic or box");
  return 0;
}

Json channel_values(const ConfigFields& fields, const char* key, const Json& usual) {
  if (!fields.has(key)) return usual;
  const Json& values = fields.json().at(key);
  bool good = values.is_array() && (values.size() == 1 || values.size() == 3);
  if (good) {
    for (const Json& value : values) good = good && value.is_number();
  }
  fields.expect(good, key, "a list of one or three numbers");
  return values;
}

}  // namespace

std::optional<ImageOrigin> known_origin(const CheckpointFile& weights) {
  const auto made = weights.metadata().find("module_class");
  const bool is_densenet = find_ending(weights, "features.conv0.weight") != nullptr;
  const TensorView* stem =
      find_ending(weights, is_densenet ? "features.conv0.weight" : "conv1.weight");
  const TensorView* head = find_ending(weights, is_densenet ? "classifier.weight" : "fc.weight");
  const bool is_grey = stem != nullptr && stem->shape.size() == 4 && stem->shape[1] == 1;
  std::string reason;
  if (made != weights.metadata().end() && made->second.starts_with("torchxrayvision.")) {
    reason = "its class is " + made->second;
  } else if (find_ending(weights, "op_threshs") != nullptr) {
    reason = "it has the buffer op_threshs";
  } else if (is_grey && head != nullptr && head->shape.size() == 2 &&
             head->shape[0] == kXrvFindings) {
    reason = fmt::format("it takes one channel and has {} outputs", kXrvFindings);
  } else {
    return {};
  }
  return ImageOrigin{.name = "torchxrayvision",
                     .reason = std::move(reason),
                     .preprocessing = xray_preprocessing(is_densenet ? 224 : 512)};
}

std::vector<std::string> stored_labels(const CheckpointFile& weights) {
  const auto stored = weights.metadata().find("label_names");
  if (stored == weights.metadata().end()) return {};
  Json names;
  try {
    names = parse_json(stored->second, "label_names");
  } catch (const Error&) {
    return {};  // of another writer, who means something else by it
  }
  if (!names.is_array() || std::ssize(names) > kMaxLabels) return {};
  std::vector<std::string> labels;
  std::set<std::string> seen;
  for (const Json& name : names) {
    if (!name.is_string()) return {};
    auto label = name.get<std::string>();
    if (label.empty()) label = fmt::format("LABEL_{}", labels.size());
    if (!seen.insert(label).second) return {};
    labels.push_back(std::move(label));
  }
  return labels;
}

bool is_timm_config(const Json& config) {
  if (!config.contains("architecture") || !config.at("architecture").is_string()) return false;
  return !config.contains("model_type") || config.at("model_type") == "timm_wrapper";
}

std::string timm_architecture(const Json& config) {
  const auto name = config.at("architecture").get<std::string>();
  return name.substr(0, name.find('.'));  // the part behind it is the training's
}

std::vector<std::string> timm_labels(const Json& config) {
  std::vector<std::string> labels;
  const auto text_of = [](const Json& name) {
    return name.is_string() ? name.get<std::string>() : name.dump();
  };
  if (config.contains("label_names") && config.at("label_names").is_array()) {
    for (const Json& name : config.at("label_names")) {
      labels.push_back(text_of(name));
    }
  }
  if (labels.empty() && config.contains("num_classes") &&
      config.at("num_classes").is_number_unsigned()) {
    const auto count = config.at("num_classes").get<std::uint64_t>();
    // 0 is a network without a head.
    if (count >= 1 && count <= static_cast<std::uint64_t>(kMaxLabels)) {
      labels = default_labels(static_cast<std::int64_t>(count));
    }
    // By number, where some have no name.
    if (config.contains("label_names") && config.at("label_names").is_object()) {
      for (const auto& [id, name] : config.at("label_names").items()) {
        const bool is_number = !id.empty() && id.size() <= 7 &&
                               id.find_first_not_of("0123456789") == std::string::npos;
        const std::size_t place = is_number ? std::stoul(id) : labels.size();
        if (place < labels.size()) labels[place] = text_of(name);
      }
    }
  }
  return labels;
}

Json timm_preprocessing(const Json& config, const std::string& source) {
  const bool nested = config.contains("pretrained_cfg") && config.at("pretrained_cfg").is_object();
  // The fields are read where they lie: both must live on.
  const Json& cfg = nested ? config.at("pretrained_cfg") : config;
  const std::string where = nested ? source + ": pretrained_cfg" : source;
  const ConfigFields fields(cfg, where);
  // resolve_data_config's defaults.
  std::vector<std::int64_t> input = {3, 224, 224};
  double crop_pct = 0.875;
  std::string mode = "center";
  fields.read("input_size", input);
  fields.read("crop_pct", crop_pct);
  fields.read("crop_mode", mode);
  fields.expect(input.size() == 3 && input[1] == input[2] && input[1] >= 1 && input[1] <= kMaxSide,
                "input_size", "channels, and twice the side of a square");
  fields.expect(crop_pct > 0 && crop_pct <= 1, "crop_pct", "a share above 0 and up to 1");
  fields.expect(mode == "center" || mode == "squash", "crop_mode",
                "center or squash; others need a preprocessor_config.json beside it");
  const std::int64_t side = input[1];
  const auto scaled = static_cast<std::int64_t>(std::floor(static_cast<double>(side) / crop_pct));
  fields.expect(scaled <= kMaxSide, "crop_pct", "a share of which the picture is below 16384");
  Json json = photo_preprocessing(side);
  json["resample"] = filter_number(fields);
  json["size"] = mode == "squash" ? Json{{"height", scaled}, {"width", scaled}}
                                  : Json{{"shortest_edge", scaled}};
  crop_middle(json, side);
  json["image_mean"] = channel_values(fields, "mean", json.at("image_mean"));
  json["image_std"] = channel_values(fields, "std", json.at("image_std"));
  return json;
}

}  // namespace attune
