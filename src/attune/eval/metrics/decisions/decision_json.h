#pragma once

#include "attune/base/json.h"
#include "attune/eval/metrics/decisions/decision_results.h"
#include "attune/eval/metrics/labels/group_metrics.h"

namespace attune {

// For files of results: what is undefined is `null`, an estimate is
// `{"value": 0.91, "low": 0.87, "high": 0.94}` (95 %).

Json to_json(const Estimate& estimate);
/// `{"true_positives", ..., "auroc": {...}, ..., "operating_point": {...} or null}`; the curves are
/// not in it.
Json to_json(const DecisionResults& results);
/// `{"samples": 120, "positives": 31, "auroc": {...}, "accuracy": {...}, ...}`.
Json to_json(const GroupMetrics& group);

}  // namespace attune
