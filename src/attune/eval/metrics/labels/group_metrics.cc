#include "attune/eval/metrics/labels/group_metrics.h"

#include <map>

#include "attune/base/error.h"
#include "attune/eval/metrics/decisions/scored_column.h"

namespace attune {

std::vector<GroupMetrics> group_metrics(std::span<const ScoredSample> samples,
                                        std::span<const std::string> groups,
                                        const DecisionOptions& options) {
  const auto fits = [&](std::size_t size) { return size == 0 || size == samples.size(); };
  check(groups.size() == samples.size() && fits(options.called.size()) &&
            fits(options.clusters.size()),
        ErrorKind::internal, "{} groups, {} decisions and {} clusters for {} samples",
        groups.size(), options.called.size(), options.clusters.size(), samples.size());
  std::map<std::string, std::vector<std::int64_t>> members;
  for (std::size_t i = 0; i < samples.size(); ++i) members[groups[i]].push_back(std::int64_t(i));

  std::vector<GroupMetrics> result;
  for (const auto& [group, positions] : members) {
    const std::vector<std::uint8_t> called = values_at(options.called, positions);
    const std::vector<std::int64_t> clusters = values_at(options.clusters, positions);
    // The spans of `own` must show what belongs to the group; both vectors outlive the call.
    DecisionOptions own = options;
    own.called = called;
    own.clusters = clusters;
    const DecisionResults results = decision_results(group, values_at(samples, positions), own);
    result.push_back({.group = group,
                      .counts = results.counts,
                      .auroc = results.auroc,
                      .accuracy = results.accuracy,
                      .sensitivity = results.sensitivity,
                      .specificity = results.specificity});
  }
  return result;
}

}  // namespace attune
