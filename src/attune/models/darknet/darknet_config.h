#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/detection/detector.h"
#include "attune/pretrained/formats/checkpoint_file.h"
#include "attune/pretrained/formats/darknet/darknet_network.h"

namespace attune {

/// A network that darknet's .cfg describes. config.json holds that file's text as "cfg", and the
/// names of the classes.
struct DarknetConfig {
  DarknetCfg cfg;
  DarknetNetwork network;  ///< what `cfg` comes to
  std::vector<std::string> labels;

  /// All that was read, so that keys unknown here are written back.
  Json source = Json::object();

  /// Puts classes and input size in place of the .cfg's: `classes` of each [yolo], `filters` of the
  /// convolution before it, `width` and `height` of [net]. Throws `user` where they are impossible.
  void apply(const DetectorHeadOptions& head);

  DetectorInfo info() const;
  double parameters() const;

  /// Throws `data`, naming `source` and field, section or line.
  static DarknetConfig from_json(const Json& json, const std::string& source);
  Json to_json() const;
};

/// What config.json would say of a .weights file read with its .cfg; nothing where the checkpoint
/// is none.
std::optional<Json> darknet_settings(const CheckpointFile& weights);

}  // namespace attune
