#pragma once

#include "attune/config/schema.h"
#include "attune/data/image/pictures/picture_reader.h"
#include "attune/tasks/check/check_options.h"
#include "attune/tasks/image_classification/options.h"

namespace attune {

/// `attune check` of a task on pictures, which are read as `pictures` says: decodes each once.
/// Takes the labels for what the model says where the user does not. Returns whether a run on the
/// data would stop.
bool check_image_data(ImageTrainSettings& settings, const CheckOptions& options,
                      const PictureOptions& pictures, config::Schema& schema);

}  // namespace attune
