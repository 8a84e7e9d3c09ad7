#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/models/image/image_config.h"

namespace attune {

/// What makes a DenseNet, under the names of torchvision's constructor. There is no
/// upstream config.json; ours has model_type "densenet".
struct DenseNetConfig : ImageClassifierConfig {
  std::int64_t growth_rate = 32;                             ///< channels a layer adds
  std::vector<std::int64_t> block_config = {6, 12, 24, 16};  ///< layers of each block
  std::int64_t num_init_features = 64;
  std::int64_t bn_size = 4;  ///< a layer's 1x1 convolution gives bn_size * growth_rate channels

  /// Of the convolutions, roughly.
  double parameters() const;

  /// Throws `data`, naming `source` and the field, where a value is impossible.
  static DenseNetConfig from_json(const Json& json, const std::string& source);
  Json to_json() const;
};

}  // namespace attune
