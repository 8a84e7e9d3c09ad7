#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attune/base/json.h"
#include "attune/eval/metrics/metric_info.h"
#include "attune/eval/report/charts/line_chart.h"

namespace attune {

/// Charts from the `log_history` of a `trainer_state.json` (Hugging Face's layout: objects with
/// `step`, `epoch` and `loss`, `learning_rate`, `grad_norm`, `eval_...`): loss of training and
/// evaluation, the headlines of `metrics`, learning rates (also `learning_rate_...`), gradient
/// norm. Metrics that rise and lie within -1 and 1 share a chart, those that fall share another;
/// any other has its own, as the rest would be flat lines on its scale. What repeats the loss is
/// not drawn again, and charts without a point are left out. Epoch ends are marked, and `best_step`
/// (0: none).
std::vector<LineChart> charts_from_log_history(const Json& log_history,
                                               std::span<const MetricInfo> metrics,
                                               std::int64_t best_step = 0);

}  // namespace attune
