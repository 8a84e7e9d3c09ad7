#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/eval/report/charts/image_grid.h"
#include "attune/feed/image/pixels.h"
#include "attune/models/image/image_classifier.h"
#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// The first pictures of `train` as training sees them in its first epoch.
std::vector<ImageTile> augmented_tiles(const ImageDataset& train, const PixelSource& pixels);

/// The mistakes of an evaluation of `data`: the picture as the model sees it, and by Grad-CAM what
/// in it spoke for the wrong label.
std::vector<ImageTile> mistake_tiles(ImageClassifier& model,
                                     const ClassificationEvaluation& evaluation,
                                     const ImageDataset& data, const PixelSource& pixels,
                                     const EvaluationInput& input);

}  // namespace attune
