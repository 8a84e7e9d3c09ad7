#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "attune/eval/metrics/boxes/judged_picture.h"

namespace attune {

/// The boxes of one class of one picture.
struct ClassBoxes {
  std::vector<const LabelledBox*> truth;
  std::vector<const ScoredBox*> found;  ///< the highest score first, equal ones as they were given
};

/// The boxes of `picture` by class: at most `most_found` of a class, those of the highest scores.
/// Throws `data` for a class outside of [0, num_classes) and a number that is not finite.
std::vector<ClassBoxes> boxes_by_class(const JudgedPicture& picture, std::int64_t num_classes,
                                       std::size_t most_found);

/// Intersection over union of each found box with each that was drawn, found boxes as rows. With a
/// crowd it is the share of the found box inside of it, as in COCO.
std::vector<double> overlaps(const ClassBoxes& boxes);

}  // namespace attune
