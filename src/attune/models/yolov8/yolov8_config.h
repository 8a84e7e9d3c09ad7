#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/detection/detector.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// What tells the networks called YOLOv8 and YOLO11 apart, all of it in the shapes of their
/// tensors.
struct Yolov8Config {
  /// 8 or 11: blocks of plain bottlenecks, or of nested ones with attention behind the backbone.
  std::int64_t version = 8;
  std::array<std::int64_t, 5> channels = {16, 32, 64, 128, 256};  ///< at strides 2, 4, 8, 16, 32
  /// Items of a block: of the first and last stages and the neck, and of the two in between.
  std::int64_t repeats = 1, inner_repeats = 2;
  bool nested = false;          ///< of 11: all blocks have nested items, not only the deep ones
  std::int64_t attentions = 1;  ///< of 11
  std::int64_t box_channels = 64, class_channels = 80;  ///< of the head's branches
  std::int64_t image_size = 640;
  std::vector<std::string> labels;
  /// What the checkpoint says of its licence, carried on; "": nothing.
  std::string license;

  /// All that was read, so that keys unknown here are written back.
  Json source = Json::object();

  bool is_11() const { return version == 11; }
  /// The number of the detection layer in the names of its tensors.
  std::int64_t head_layer() const { return is_11() ? 23 : 22; }
  DetectorInfo info() const;
  /// Roughly.
  double parameters() const;

  /// Throws `data`, naming `source` and the field.
  static Yolov8Config from_json(const Json& json, const std::string& source);
  Json to_json() const;
};

/// Numbers of the distribution that each side of a box is the mean of.
constexpr std::int64_t kYolov8Bins = 16;

/// What config.json would say of a checkpoint of such a network, by names and shapes of its tensors
/// (a state dict, or a module as ultralytics pickles it, whose names of classes and licence are
/// taken); nothing where it is none.
std::optional<Json> yolov8_settings(const CheckpointFile& weights);

}  // namespace attune
