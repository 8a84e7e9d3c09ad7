#include "attune/models/resnet/resnet_config.h"

#include <fmt/format.h>

namespace attune {

namespace {

constexpr const char* kUpstreamType = "resnet";
constexpr const char* kOwnType = "torchvision_resnet";

constexpr std::int64_t kMaxWidth = 65'536;
constexpr std::int64_t kMaxDepth = 1'000;
constexpr const char* kDropoutKey = "classifier_dropout";

// Bounds far above networks in use: a hostile file must not have memory taken for it.
void validate(const ResNetConfig& c, const ConfigFields& fields) {
  fields.expect_size("embedding_size", c.embedding_size, kMaxWidth);
  const std::size_t stages = c.hidden_sizes.size();
  fields.expect(stages >= 1 && stages <= 8, "hidden_sizes", "1 to 8 stages");
  fields.expect(c.depths.size() == stages, "depths",
                fmt::format("as many numbers as \"hidden_sizes\" has, {}", stages));
  for (const std::int64_t width : c.hidden_sizes) {
    fields.expect(width >= 4 && width <= kMaxWidth && width % 4 == 0, "hidden_sizes",
                  "multiples of 4 up to 65536");
  }
  for (const std::int64_t depth : c.depths) {
    fields.expect(depth >= 1 && depth <= kMaxDepth, "depths", "numbers from 1 to 1000");
  }
  fields.expect(c.is_bottleneck() || c.layer_type == "basic", "layer_type", "basic or bottleneck");
  fields.expect(c.stem == "imagenet" || c.stem == "cifar", "stem", "imagenet or cifar");
  fields.expect(c.shortcut == "projection" || c.shortcut == "zero_pad", "shortcut",
                "projection or zero_pad");
  fields.expect_size("groups", c.groups, 1'024);
  fields.expect_size("width_per_group", c.width_per_group, 4'096);
  if (c.is_bottleneck()) {
    for (std::size_t stage = 0; stage < stages; ++stage) {
      fields.expect(c.inner_width(stage) >= 1 && c.inner_width(stage) <= kMaxWidth,
                    "width_per_group", "a width of 1 to 65536 channels in every stage");
    }
    fields.expect(c.shortcut == "projection", "shortcut", "projection with bottlenecks");
  } else {
    // torchvision's BasicBlock takes neither groups nor another width.
    fields.expect(c.groups == 1, "groups", "1 with layer_type basic");
    fields.expect(c.width_per_group == 64, "width_per_group", "64 with layer_type basic");
    std::int64_t in = c.embedding_size;
    for (const std::int64_t out : c.hidden_sizes) {
      fields.expect(c.shortcut == "projection" || (out >= in && (out - in) % 2 == 0),
                    "hidden_sizes", "no fewer channels from stage to stage with zero_pad");
      in = out;
    }
  }
}

}  // namespace

bool ResNetConfig::is_known_upstream() const {
  return groups == 1 && width_per_group == 64 && stem == "imagenet" && shortcut == "projection";
}

std::int64_t ResNetConfig::inner_width(std::size_t stage) const {
  if (!is_bottleneck()) return hidden_sizes[stage];
  // torchvision's Bottleneck: int(planes * (base_width / 64)) * groups.
  return hidden_sizes[stage] / 4 * width_per_group / 64 * groups;
}

// Roughly, without norms, stem and projections: compared with the checkpoint's size within a factor
// of four (check_plausible_size).
double ResNetConfig::parameters() const {
  double count = 0, in = static_cast<double>(embedding_size);
  for (std::size_t stage = 0; stage < depths.size(); ++stage) {
    const auto out = static_cast<double>(hidden_sizes[stage]);
    const auto inner = static_cast<double>(inner_width(stage));
    const double middle = 9 * inner * inner / static_cast<double>(groups);
    const double block = is_bottleneck() ? 2 * out * inner + middle : 18 * out * out;
    count += static_cast<double>(depths[stage] - 1) * block;
    count += is_bottleneck() ? (in + out) * inner + middle : 9 * (in + out) * out;
    in = out;
  }
  return count + in * static_cast<double>(num_labels());
}

ResNetConfig ResNetConfig::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  std::string model_type = "resnet", hidden_act = "relu";
  fields.read("model_type", model_type);
  fields.expect(model_type == kUpstreamType || model_type == kOwnType, "model_type",
                "\"resnet\" or \"torchvision_resnet\"");
  fields.read("hidden_act", hidden_act);
  fields.expect(hidden_act == "relu", "hidden_act", "\"relu\"; others are not implemented");
  ResNetConfig config;
  config.read_common(fields, kDropoutKey);
  fields.read("embedding_size", config.embedding_size);
  fields.read("hidden_sizes", config.hidden_sizes);
  fields.read("depths", config.depths);
  fields.read("layer_type", config.layer_type);
  fields.read("downsample_in_first_stage", config.downsample_in_first_stage);
  fields.read("downsample_in_bottleneck", config.downsample_in_bottleneck);
  fields.read("groups", config.groups);
  fields.read("width_per_group", config.width_per_group);
  fields.read("stem", config.stem);
  fields.read("shortcut", config.shortcut);
  validate(config, fields);
  return config;
}

Json ResNetConfig::to_json() const {
  // Of another type where transformers would quietly draw weights for parts it does not know.
  Json json = common_json(is_known_upstream() ? kUpstreamType : kOwnType, kDropoutKey);
  json["embedding_size"] = embedding_size;
  json["hidden_sizes"] = hidden_sizes;
  json["depths"] = depths;
  json["layer_type"] = layer_type;
  json["hidden_act"] = "relu";
  json["downsample_in_first_stage"] = downsample_in_first_stage;
  json["downsample_in_bottleneck"] = downsample_in_bottleneck;
  if (is_known_upstream()) {
    json["architectures"] = {"ResNetForImageClassification"};
    return json;
  }
  json.erase("architectures");  // nothing upstream can open it
  json["groups"] = groups;
  json["width_per_group"] = width_per_group;
  json["stem"] = stem;
  json["shortcut"] = shortcut;
  return json;
}

}  // namespace attune
