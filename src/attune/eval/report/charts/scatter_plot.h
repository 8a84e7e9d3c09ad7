#pragma once

#include <span>

#include "attune/eval/report/page/html.h"

namespace attune {

/// Predictions over targets with the diagonal; of more than 2,000 pairs an even selection. Requires
/// equal sizes and at least one pair.
Html scatter_plot(std::span<const float> predictions, std::span<const float> targets);

}  // namespace attune
