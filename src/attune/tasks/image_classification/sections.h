#pragma once

#include "attune/config/schema.h"
#include "attune/tasks/image_classification/apply.h"
#include "attune/tasks/image_classification/options.h"

namespace attune {

/// Names of the schema's sections: the stages of the pipeline.
inline constexpr const char* kPretrainedSection = "pretrained";
// Not of `train`, so nothing in them is taken over from the run that made a saved model.
inline constexpr const char* kInputSection = "input";
inline constexpr const char* kModelSection = "model";
inline constexpr const char* kDataSection = "data";
inline constexpr const char* kAdaptSection = "adapt";
inline constexpr const char* kTrainSection = "train";
inline constexpr const char* kEvalSection = "eval";

// The options of image classification; a task may add its own to the sections afterwards.
void add_image_options(config::Schema& schema, ImageTrainSettings& settings);
void add_image_options(config::Schema& schema, ImageEvaluateSettings& settings);
void add_image_options(config::Schema& schema, ImagePredictSettings& settings);

}  // namespace attune
