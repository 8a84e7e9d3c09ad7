#include "attune/models/densenet/densenet_config.h"

namespace attune {

namespace {

constexpr const char* kDropoutKey = "classifier_dropout";

}  // namespace

// Norms and stem are left out: it is compared with the checkpoint's size within a factor of four
// (check_plausible_size).
double DenseNetConfig::parameters() const {
  double count = 0, in = static_cast<double>(num_init_features);
  const auto growth = static_cast<double>(growth_rate);
  const double inner = growth * static_cast<double>(bn_size);
  for (const std::int64_t layers : block_config) {
    for (std::int64_t i = 0; i < layers; ++i, in += growth) count += (in + 9 * growth) * inner;
    count += in * in / 2;
    in /= 2;
  }
  return count + 2 * in * static_cast<double>(num_labels());
}

DenseNetConfig DenseNetConfig::from_json(const Json& json, const std::string& source) {
  const ConfigFields fields(json, source);
  std::string model_type = "densenet";
  fields.read("model_type", model_type);
  fields.expect(model_type == "densenet", "model_type", "\"densenet\"");
  DenseNetConfig config;
  config.read_common(fields, kDropoutKey);
  fields.read("growth_rate", config.growth_rate);
  fields.read("block_config", config.block_config);
  fields.read("num_init_features", config.num_init_features);
  fields.read("bn_size", config.bn_size);
  // Bounds far above networks in use: a hostile file must not have memory taken for it.
  fields.expect_size("growth_rate", config.growth_rate, 1'024);
  fields.expect_size("num_init_features", config.num_init_features, 65'536);
  fields.expect_size("bn_size", config.bn_size, 64);
  fields.expect(!config.block_config.empty() && config.block_config.size() <= 8, "block_config",
                "1 to 8 blocks");
  for (const std::int64_t layers : config.block_config) {
    fields.expect(layers >= 1 && layers <= 256, "block_config", "numbers from 1 to 256");
  }
  return config;
}

Json DenseNetConfig::to_json() const {
  Json json = common_json("densenet", kDropoutKey);
  json["growth_rate"] = growth_rate;
  json["block_config"] = block_config;
  json["num_init_features"] = num_init_features;
  json["bn_size"] = bn_size;
  return json;
}

}  // namespace attune
