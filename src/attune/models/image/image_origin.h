#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/head_options.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

// How the makers of checkpoints prepare pictures, where no preprocessor_config.json says so.

/// Preprocessing that follows from what a checkpoint is, and why.
struct ImageOrigin {
  std::string name;    ///< for people: "torchxrayvision"
  std::string reason;  ///< what showed it
  Json preprocessing;  ///< as preprocessor_config.json
  ProblemType problem_type = ProblemType::multi_label_classification;
  /// A tensor that is no part of the network and is not applied: torchxrayvision's operating
  /// points, which shift each score so that its threshold is 0.5.
  std::string_view unapplied = "op_threshs";
};

/// The library that trained the network of a bare checkpoint; nothing where that does not show.
/// Known is torchxrayvision (mlmed/torchxrayvision, utils.py: normalize; datasets.py:
/// XRayCenterCrop, XRayResizer): one channel, values from -1024 to 1024, 224 pixels (DenseNet) or
/// 512 (ResNet), several findings at once, by its class, its buffer `op_threshs`, or one channel
/// and its 18 findings.
std::optional<ImageOrigin> known_origin(const CheckpointFile& weights);

/// Names of the outputs that a checkpoint holds beside its weights (`label_names` of its metadata);
/// outputs that it leaves without a name (torchxrayvision's untrained ones) are called LABEL_i.
/// Empty where it holds none, or two of one name.
std::vector<std::string> stored_labels(const CheckpointFile& weights);

/// Whether a config.json is timm's: an architecture of its names and no `model_type`, or the one of
/// transformers' wrapper.
bool is_timm_config(const Json& config);

/// "resnet50" of "resnet50.a1_in1k".
std::string timm_architecture(const Json& config);

/// Names of the labels, or as many nameless ones as it says; empty where it says nothing.
std::vector<std::string> timm_labels(const Json& config);

/// What timm's evaluation does (timm/data: resolve_data_config and transforms_imagenet_eval) by the
/// `pretrained_cfg` of its config.json, or by the same keys beside the others, as older ones have
/// them: the shorter side (squash: both) to size / crop_pct, the middle, mean and deviation. Throws
/// `data`, naming `source` and the key, where a value is wrong or not computed here.
Json timm_preprocessing(const Json& config, const std::string& source);

}  // namespace attune
