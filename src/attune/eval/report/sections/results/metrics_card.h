#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attune/eval/metrics/metric_values.h"
#include "attune/eval/report/page/html.h"

namespace attune {

/// Metrics, and what they were computed on.
struct EvaluatedMetrics {
  MetricValues values;
  std::string data_name;  ///< "test"; may be empty
  std::int64_t samples = 0;
  std::vector<MetricInfo> infos = {};  ///< give titles where the names do not tell enough
};

/// All values in their order, then what is undefined and why.
Html metrics_card(const EvaluatedMetrics& metrics);

}  // namespace attune
