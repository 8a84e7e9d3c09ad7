#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/models/image/image_config.h"

namespace attune {

/// The fields of config.json that make a ResNet, under upstream's names and defaults:
/// https://github.com/huggingface/transformers/blob/v5.23.0/src/transformers/models/resnet/configuration_resnet.py
/// and, under names of our own, what upstream cannot say.
struct ResNetConfig : ImageClassifierConfig {
  std::int64_t embedding_size = 64;
  std::vector<std::int64_t> hidden_sizes = {256, 512, 1024, 2048};
  std::vector<std::int64_t> depths = {3, 4, 6, 3};
  std::string layer_type = "bottleneck";  ///< or "basic"
  bool downsample_in_first_stage = false;
  bool downsample_in_bottleneck = false;  ///< stride in the first 1x1 convolution, not the 3x3

  // Ours.
  std::int64_t groups = 1;            ///< of the 3x3 convolutions (ResNeXt)
  std::int64_t width_per_group = 64;  ///< of the 3x3 convolutions at 256 channels (wide ResNet)
  std::string stem = "imagenet";      ///< 7x7 stride 2 and max-pooling; "cifar": 3x3 alone
  /// Of blocks that change the shape: "projection" (He et al., option B) or "zero_pad" (option A:
  /// every second pixel, zeros for new channels).
  std::string shortcut = "projection";

  bool is_bottleneck() const { return layer_type == "bottleneck"; }
  /// Whether transformers' ResNetForImageClassification can be this network.
  bool is_known_upstream() const;
  /// Channels of the 3x3 convolution of a stage's blocks.
  std::int64_t inner_width(std::size_t stage) const;
  /// Of the convolutions, roughly.
  double parameters() const;

  /// Throws `data`, naming `source` and the field, where a value is impossible or not implemented.
  static ResNetConfig from_json(const Json& json, const std::string& source);
  Json to_json() const;
};

}  // namespace attune
