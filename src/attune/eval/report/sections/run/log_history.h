#pragma once

#include <cstdint>
#include <vector>

#include "attune/base/json.h"
#include "attune/eval/report/charts/line_chart.h"

namespace attune {

/// Charts from the `log_history` of a `trainer_state.json` (Hugging Face's layout: objects with
/// `step`, `epoch` and `loss`, `learning_rate`, `grad_norm`, `eval_...`): loss of training and
/// evaluation, the evaluation's metrics between 0 and 1, learning rates (also `learning_rate_...`),
/// gradient norm. Charts without a point are left out. Epoch ends are marked, and `best_step`
/// (0: none).
std::vector<LineChart> charts_from_log_history(const Json& log_history, std::int64_t best_step = 0);

}  // namespace attune
