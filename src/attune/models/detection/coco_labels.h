#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace attune {

/// The 80 classes of COCO's detection task, in the order of their ids: what nearly every published
/// detector was trained on, without saying so.
const std::vector<std::string>& coco_labels();

/// Those where a head has 80 outputs, else LABEL_0, LABEL_1, ...
std::vector<std::string> usual_labels(std::int64_t count);

}  // namespace attune
