#pragma once

#include <cstdint>
#include <optional>

#include "attune/models/image/image_folder.h"
#include "attune/pretrained/formats/checkpoint_file.h"

namespace attune {

/// Whether the tensors are those of Keras' MobileNetV2
/// (https://github.com/keras-team/keras/blob/v3.12.0/keras/src/applications/mobilenet_v2.py).
bool is_keras_mobilenet_v2(const CheckpointFile& file);

/// Such tensors under torchvision's names in PyTorch's layout. `Logits` or `predictions` becomes
/// the head; other layers (a head of the user's own) keep their names, which the model does not
/// know. Throws `data` where a kernel has an impossible shape.
CheckpointFile from_keras_mobilenet_v2(const CheckpointFile& file);

/// The network whose widths the kernels have: Keras' epsilon, padding and preprocessing, and no
/// labels but those of the head; nothing where the tensors are not Keras' MobileNetV2. Throws
/// `data` where no depth multiplier in use fits.
std::optional<ImageSettings> keras_mobilenet_v2_settings(const CheckpointFile& file,
                                                         std::int64_t image_size);

}  // namespace attune
