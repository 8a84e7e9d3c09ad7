#pragma once

#include <span>
#include <vector>

#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/report/page/page.h"
#include "attune/tasks/classification/evaluation.h"

namespace attune {

/// The numbers at the top of a report: at most five metrics that tell most, with intervals where
/// there are any, and of a single decision (one in `decisions`, with an operating point) its
/// sensitivity and specificity.
std::vector<ReportNumber> headline_numbers(const ClassificationEvaluation& evaluation,
                                           std::span<const DecisionResults> decisions);

}  // namespace attune
