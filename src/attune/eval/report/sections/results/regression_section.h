#pragma once

#include <vector>

#include "attune/eval/report/page/section.h"
#include "attune/eval/report/sections/results/metrics_card.h"

namespace attune {

/// "Results": metrics, predictions over targets, and how the errors are spread. Just the metrics
/// where there are no targets. Throws `internal` unless there are as many predictions as targets.
Section regression_section(const EvaluatedMetrics& metrics, const std::vector<float>& predictions,
                           const std::vector<float>& targets);

}  // namespace attune
