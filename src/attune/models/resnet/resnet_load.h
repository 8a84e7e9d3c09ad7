#pragma once

#include "attune/models/image/image_load.h"

namespace attune {

/// Builds the ResNet that the checkpoint's config describes and fills it (see image_load.h).
OpenedImageClassifier open_resnet(const ImageCheckpoint& checkpoint, const HeadOptions& head);

}  // namespace attune
