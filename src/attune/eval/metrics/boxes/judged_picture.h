#pragma once

#include <vector>

#include "attune/media/boxes/box.h"

namespace attune {

/// What was drawn into one picture, and what a model found there. All scores of boxes are of a list
/// of these, whose order decides between equal scores (pycocotools takes pictures by their id).
struct JudgedPicture {
  std::vector<LabelledBox> truth;
  std::vector<ScoredBox> found;  ///< in any order
};

}  // namespace attune
