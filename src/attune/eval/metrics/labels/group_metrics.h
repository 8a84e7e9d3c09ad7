#pragma once

#include <span>
#include <string>
#include <vector>

#include "attune/eval/metrics/decisions/decision_results.h"

namespace attune {

/// Results on the samples that share a value of a column (site, sex, scanner), with intervals as in
/// `DecisionResults`.
struct GroupMetrics {
  std::string group;
  BinaryCounts counts;
  Estimate auroc, accuracy, sensitivity, specificity;
};

/// One entry a group, by name. `groups`: one a sample; an empty name is the group of samples
/// without one. Requires equal sizes, also of `options.called` and `options.clusters` where given.
std::vector<GroupMetrics> group_metrics(std::span<const ScoredSample> samples,
                                        std::span<const std::string> groups,
                                        const DecisionOptions& options);

}  // namespace attune
