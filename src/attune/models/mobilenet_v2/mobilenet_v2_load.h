#pragma once

#include "attune/models/image/image_load.h"

namespace attune {

/// Builds the MobileNetV2 that the checkpoint's config describes and fills it (see image_load.h).
/// Tensors of Keras are taken too.
OpenedImageClassifier open_mobilenet_v2(const ImageCheckpoint& checkpoint, const HeadOptions& head);

/// What checkpoints without preprocessor_config.json are used with: Keras' with Google's padding,
/// else torchvision's.
Json mobilenet_v2_preprocessing(const Json& config);

}  // namespace attune
