#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/tasks/image_classification/training.h"

namespace attune {

/// What a task makes of the pictures of a run; it may refuse them (`user`).
using MakeImageTask = std::function<ImageTask(const ImageParts& splits)>;

/// `attune train` of a task on pictures: checks settings, lists and divides the data, and trains
/// once, or a time for each fold of `--folds`. Returns the signal that stopped it, or 0.
int train_image_classifier(ImageTrainSettings& settings, config::Schema& schema,
                           const MakeImageTask& make_task);

/// Adds a problem for each option that these data cannot use. Requires data.
void find_image_option_problems(const ImageDataOptions& data, LabelKind kind,
                                config::Schema& schema);

/// Adds what contradicts itself between the settings of `attune train`, but for model and folder.
void find_image_setting_problems(const ImageTrainSettings& settings, config::Problems& problems);

/// The options that say where pictures lie.
const std::vector<std::string>& image_places();

}  // namespace attune
