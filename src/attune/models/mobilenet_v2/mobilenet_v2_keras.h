#pragma once

#include "attune/base/json.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// Whether the tensors are those of Keras' MobileNetV2
/// (https://github.com/keras-team/keras/blob/v3.12.0/keras/src/applications/mobilenet_v2.py).
bool is_keras_mobilenet_v2(const CheckpointFile& file);

/// Such tensors under torchvision's names in PyTorch's layout. `Logits` or `predictions` becomes
/// the head; other layers (a head of the user's own) keep their names, which the model does not
/// know. Throws `data` where a kernel has an impossible shape.
CheckpointFile from_keras_mobilenet_v2(const CheckpointFile& file);

/// config.json of the network whose widths the kernels have: Keras' epsilon and padding, and no
/// labels but those of the head. Throws `data` where no depth multiplier in use fits.
Json keras_mobilenet_v2_config(const CheckpointFile& file, std::int64_t image_size);

}  // namespace attune
