#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/models/image/image_config.h"

namespace attune {

/// The fields of config.json that make a MobileNetV2, under upstream's names and defaults:
/// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/mobilenet_v2/configuration_mobilenet_v2.py
/// torchvision's network is that with `tf_padding` false, `layer_norm_eps` 1e-5 and
/// `classifier_dropout_prob` 0.2.
struct MobileNetV2Config : ImageClassifierConfig {
  MobileNetV2Config() { classifier_dropout = 0.8; }

  double depth_multiplier = 1.0;
  std::int64_t depth_divisible_by = 8;
  std::int64_t min_depth = 8;
  double expand_ratio = 6.0;
  bool finegrained_output = true;  ///< 1280 channels come out even where the multiplier is below 1
  bool tf_padding = true;
  double layer_norm_eps = 0.001;  ///< of batch normalisation
  /// Ours: of batch normalisation, the new statistics' part. Upstream's 0.997 is TensorFlow's
  /// number for the old ones' part; torchvision has 0.1.
  double batch_norm_momentum = 0.1;

  /// Channels that come out of the first convolution, each of the 17 blocks and the last one.
  std::vector<std::int64_t> channels() const;
  /// Channels inside a block that takes `in`.
  std::int64_t expanded(std::int64_t in) const;

  /// About how many parameters the network has (check_plausible_size).
  double parameters() const;

  /// Throws `data`, naming `source` and the field, where a value is impossible or not implemented.
  static MobileNetV2Config from_json(const Json& json, const std::string& source);
  Json to_json() const;
};

}  // namespace attune
