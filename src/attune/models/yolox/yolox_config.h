#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/detection/detector.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// What tells the networks of YOLOX apart (Ge et al. 2021, arXiv 2107.08430). Upstream says it by a
/// depth and a width (https://github.com/Megvii-BaseDetection/YOLOX/tree/6ddff48/exps/default):
/// nano .33 .25 with depthwise convolutions, tiny .33 .375, s .33 .5, m .67 .75, l 1 1,
/// x 1.33 1.25.
struct YoloxConfig {
  std::int64_t base_channels = 32;  ///< behind the stem: int(64 * width)
  std::int64_t depth = 1;           ///< bottlenecks of the first stage: max(round(3 * depth), 1)
  bool depthwise = false;
  std::int64_t image_size = 640;  ///< side of the square the weights were made for
  std::vector<std::string> labels;

  /// All that was read, so that keys unknown here are written back.
  Json source = Json::object();

  DetectorInfo info() const;
  /// Roughly.
  double parameters() const;

  /// Throws `data`, naming `source` and the field.
  static YoloxConfig from_json(const Json& json, const std::string& source);
  Json to_json() const;
};

/// What config.json would say of a checkpoint as YOLOX publishes it, by names and shapes of its
/// tensors; nothing where it is none. 80 classes without names are COCO's.
std::optional<Json> yolox_settings(const CheckpointFile& weights);

}  // namespace attune
