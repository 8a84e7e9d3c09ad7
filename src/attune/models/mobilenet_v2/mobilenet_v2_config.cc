#include "attune/models/mobilenet_v2/mobilenet_v2_config.h"

#include <algorithm>
#include <cmath>

namespace attune {

namespace {

constexpr const char* kDropoutKey = "classifier_dropout_prob";

// Table 2 of the paper: what comes out of the first convolution and of each block.
constexpr std::int64_t kChannels[] = {32, 16, 24, 24, 32, 32,  32,  64,  64,
                                      64, 64, 96, 96, 96, 160, 160, 160, 320};
constexpr std::int64_t kLast = 1280;

// modeling_mobilenet_v2.py, make_divisible: to the nearest multiple, but not down by more than 10
// %.
std::int64_t make_divisible(double channels, std::int64_t divisor, std::int64_t at_least) {
  // Halves to even, as Python rounds.
  const auto value = static_cast<std::int64_t>(std::nearbyint(channels));
  std::int64_t rounded = std::max(at_least, (2 * value + divisor) / 2 / divisor * divisor);
  if (static_cast<double>(rounded) < 0.9 * static_cast<double>(value)) rounded += divisor;
  return rounded;
}

void refuse_what_is_not_implemented(const ConfigFields& fields) {
  std::string model_type = "mobilenet_v2", hidden_act = "relu6";
  std::int64_t output_stride = 32;
  bool first_layer_is_expansion = true;
  fields.read("model_type", model_type);
  fields.read("hidden_act", hidden_act);
  fields.read("output_stride", output_stride);
  fields.read("first_layer_is_expansion", first_layer_is_expansion);
  fields.expect(model_type == "mobilenet_v2", "model_type", "\"mobilenet_v2\"");
  fields.expect(hidden_act == "relu6", "hidden_act", "\"relu6\"; others are not implemented");
  fields.expect(output_stride == 32, "output_stride",
                "32; dilated convolutions (for segmentation) are not implemented");
  fields.expect(first_layer_is_expansion, "first_layer_is_expansion",
                "true; an expansion in the first block is not implemented");
}

}  // namespace

std::vector<std::int64_t> MobileNetV2Config::channels() const {
  const auto scaled = [&](std::int64_t channels) {
    return make_divisible(static_cast<double>(channels) * depth_multiplier, depth_divisible_by,
                          min_depth);
  };
  std::vector<std::int64_t> result;
  for (const std::int64_t channels : kChannels) result.push_back(scaled(channels));
  // Section 4 of the paper: thin networks keep the width of the last layer.
  result.push_back(finegrained_output && depth_multiplier < 1.0 ? kLast : scaled(kLast));
  return result;
}

std::int64_t MobileNetV2Config::expanded(std::int64_t in) const {
  return make_divisible(static_cast<double>(in) * expand_ratio, depth_divisible_by, min_depth);
}

// Without norms: compared with the checkpoint's size within a factor of four.
double MobileNetV2Config::parameters() const {
  const std::vector<std::int64_t> widths = channels();
  const std::size_t last = widths.size() - 1;
  double count = 0;
  for (std::size_t block = 1; block < last; ++block) {
    const auto in = static_cast<double>(widths[block - 1]);
    const auto inner = static_cast<double>(expanded(widths[block - 1]));
    // The expansion, nine weights a channel between, the projection.
    count += inner * (in + 9 + static_cast<double>(widths[block]));
  }
  const auto features = static_cast<double>(widths[last]);
  return count + features * static_cast<double>(widths[last - 1] + num_labels());
}

MobileNetV2Config MobileNetV2Config::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  refuse_what_is_not_implemented(fields);
  MobileNetV2Config config;
  config.read_common(fields, kDropoutKey);
  fields.read("depth_multiplier", config.depth_multiplier);
  fields.read("depth_divisible_by", config.depth_divisible_by);
  fields.read("min_depth", config.min_depth);
  fields.read("expand_ratio", config.expand_ratio);
  fields.read("finegrained_output", config.finegrained_output);
  fields.read("tf_padding", config.tf_padding);
  fields.read("layer_norm_eps", config.layer_norm_eps);
  fields.read("batch_norm_momentum", config.batch_norm_momentum);
  // Bounds that no network in use comes near, so that a hostile file cannot ask for much memory.
  fields.expect(config.depth_multiplier > 0 && config.depth_multiplier <= 8, "depth_multiplier",
                "above 0 and up to 8");
  fields.expect(config.expand_ratio > 0 && config.expand_ratio <= 32, "expand_ratio",
                "above 0 and up to 32");
  fields.expect_size("depth_divisible_by", config.depth_divisible_by, 256);
  fields.expect_size("min_depth", config.min_depth, 256);
  fields.expect(config.layer_norm_eps > 0 && config.layer_norm_eps < 1, "layer_norm_eps",
                "above 0 and below 1");
  fields.expect(config.batch_norm_momentum > 0 && config.batch_norm_momentum <= 1,
                "batch_norm_momentum", "above 0 and up to 1");
  return config;
}

Json MobileNetV2Config::to_json() const {
  Json json = common_json("mobilenet_v2", kDropoutKey);
  json["architectures"] = {"MobileNetV2ForImageClassification"};
  json["depth_multiplier"] = depth_multiplier;
  json["depth_divisible_by"] = depth_divisible_by;
  json["min_depth"] = min_depth;
  json["expand_ratio"] = expand_ratio;
  json["output_stride"] = 32;
  json["first_layer_is_expansion"] = true;
  json["finegrained_output"] = finegrained_output;
  json["hidden_act"] = "relu6";
  json["tf_padding"] = tf_padding;
  json["layer_norm_eps"] = layer_norm_eps;
  json["batch_norm_momentum"] = batch_norm_momentum;
  return json;
}

}  // namespace attune
