#pragma once

#include <functional>
#include <memory>

#include "attune/config/schema.h"
#include "attune/tasks/image_classification/run.h"

namespace attune {

using MakeImageRun = std::function<std::unique_ptr<ImageRun>(ImageSplits splits)>;

/// `attune train` of a task on pictures: checks settings, lists and divides the data, and trains
/// once, or a time for each fold of `--folds`. Returns the signal that stopped it, or 0.
int train_image_classifier(ImageTrainSettings& settings, config::Schema& schema,
                           const MakeImageRun& make_run);

}  // namespace attune
