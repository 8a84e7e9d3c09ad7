#pragma once

#include <string>

#include "attune/pretrained/formats/pytorch/pickle.h"

namespace attune {

/// Names of a classifier's outputs, in order, where a dict (a checkpoint, the attributes of a
/// module) holds them under a usual key: a list of texts (`class_names`, `classes`, `label_names`,
/// `labels`; torchxrayvision's `pathologies`, `targets`) or a map of names and numbers
/// (torchvision's `class_to_idx`, `idx_to_class`, `label2id`, `id2label`, ultralytics' `names`). As
/// a JSON list, in which an output without a name is ""; "" where there is none, or it is larger
/// than 1 MiB. Whether they are as many as the outputs is for the caller to see.
std::string find_label_names(const PickleValue& holder);

}  // namespace attune
