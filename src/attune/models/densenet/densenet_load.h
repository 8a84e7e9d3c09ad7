#pragma once

#include "attune/models/image/image_load.h"

namespace attune {

/// Builds the DenseNet that the checkpoint's config describes and fills it (see image_load.h). The
/// names of torchvision's files, "denselayer1.norm.1.weight", are taken too.
OpenedImageClassifier open_densenet(const ImageCheckpoint& checkpoint, const HeadOptions& head);

}  // namespace attune
