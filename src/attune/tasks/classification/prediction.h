#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/models/head_options.h"

namespace attune {

/// `label` is the best one, `score` its probability, `scores` all by label; several `labels` for
/// multi-label models, just a `score` for a regression.
Json describe_prediction(std::span<const float> scores, ProblemType problem,
                         const std::vector<std::string>& labels);

}  // namespace attune
