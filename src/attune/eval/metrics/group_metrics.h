#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/binary_counts.h"
#include "attune/eval/metrics/interval.h"

namespace attune {

/// Results on the samples that share a value of a column (site, sex, scanner).
struct GroupMetrics {
  std::string group;
  BinaryCounts counts;
  Estimate auroc;                               ///< stratified bootstrap; undefined with one class
  Estimate accuracy, sensitivity, specificity;  ///< Wilson's intervals
};

struct GroupMetricsOptions {
  double threshold = 0.5;
  std::int64_t resamples = 1000;
  std::uint64_t seed = 42;
};

/// One entry a group, by name. `groups`: one a sample; an empty name is the group of samples
/// without one. Requires equal sizes.
std::vector<GroupMetrics> group_metrics(std::span<const ScoredSample> samples,
                                        std::span<const std::string> groups,
                                        const GroupMetricsOptions& options);

}  // namespace attune
