#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/base/json.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

/// What one evaluation found out, as far as every task's has it. A task's own derives from it.
struct Evaluation {
  MetricValues values;            ///< "loss" first, then the task's metrics
  std::vector<MetricInfo> infos;  ///< what `values` can have
  double runtime = 0;             ///< seconds
  std::int64_t samples = 0;
  Json details = Json::object();  ///< what a task found out beside, by name, for files
  std::string tables = {};        ///< and for people
};

/// One metric a line, and the tables, for a terminal.
std::string evaluation_text(const Evaluation& evaluation);

/// `eval_accuracy`, ..., `eval_runtime`, `eval_samples_per_second` for the prefix "eval_"; details
/// get it too.
Json evaluation_json(const Evaluation& evaluation, const std::string& prefix);

}  // namespace attune
