#pragma once

#include "attune/tasks/image_classification/training.h"
#include "attune/tasks/medical_image_classification/options.h"

namespace attune {

/// What the medical task adds to a training on pictures: calibrated probabilities, a threshold
/// chosen on the validation data and kept beside the weights, and what both are worth, with
/// intervals. `settings` must outlive the result. Throws `user` where the pictures have no
/// validation part, and where labels or subgroups do not fit the settings.
ImageTask medical_task(const MedicalTrainSettings& settings, const ImageParts& splits);

/// Throws `user` for a problem without labels to decide on.
void refuse_regression(ProblemType problem);

/// The window, where both numbers are given (`user` where just one is), NIfTI's slice, the frame.
PictureOptions picture_options(const WindowSettings& window);

}  // namespace attune
