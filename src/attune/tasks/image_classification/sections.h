#pragma once

#include "attune/tasks/image_classification/apply.h"
#include "attune/tasks/image_classification/options.h"
#include "attune/tasks/run/sections.h"

namespace attune {

// Not of `train`, so nothing in it is taken over from the run that made a saved model.
inline constexpr const char* kInputSection = "input";

// The options of image classification; a task may add its own to the sections afterwards.
void add_image_options(config::Schema& schema, ImageTrainSettings& settings);
void add_image_options(config::Schema& schema, ImageEvaluateSettings& settings);
void add_image_options(config::Schema& schema, ImagePredictSettings& settings);

}  // namespace attune
