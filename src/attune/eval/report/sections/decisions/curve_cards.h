#pragma once

#include <span>
#include <vector>

#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// ROC and precision-recall curves with the operating points; empty where no class has both
/// positive and negative samples. Of more classes than colours the most frequent.
std::vector<Html> curve_cards(std::span<const DecisionResults> decisions);

}  // namespace attune
