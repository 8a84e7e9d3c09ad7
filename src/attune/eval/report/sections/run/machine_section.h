#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attune/eval/report/page/page.h"
#include "attune/eval/report/page/section.h"

namespace attune {

/// Zero where not known.
struct ReportTimings {
  std::string unit = "samples";  ///< what a model learns from, several of them: "pictures"
  std::string cost_unit = {};    ///< what these cost, "tokens"; empty where all cost the same
  double train_seconds = 0.0;
  double eval_seconds = 0.0;
  double train_samples_per_second = 0.0;
  double train_cost_per_second = 0.0;  ///< in `cost_unit`
  double eval_samples_per_second = 0.0;
  std::uint64_t peak_rss_bytes = 0;
};

/// For the strip at the top: how long training took, and the memory.
std::vector<ReportNumber> timing_numbers(const ReportTimings& timings);

/// "Model and machine": what was trained (family, parameters ...), how long it took and with what
/// (versions, processor ...); none where nothing of it is known.
std::optional<Section> machine_section(const std::vector<KeyValue>& model,
                                       const ReportTimings& timings,
                                       const std::vector<KeyValue>& versions);

}  // namespace attune
