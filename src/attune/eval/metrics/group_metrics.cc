#include "attune/eval/metrics/group_metrics.h"

#include <map>

#include "attune/base/error.h"

namespace attune {
namespace {

/// The entries of `values` at `positions`; nothing of nothing.
template <typename Value>
std::vector<Value> at_positions(std::span<const Value> values,
                                const std::vector<std::size_t>& positions) {
  std::vector<Value> result;
  if (values.empty()) return result;
  result.reserve(positions.size());
  for (const std::size_t i : positions) result.push_back(values[i]);
  return result;
}

}  // namespace

std::vector<GroupMetrics> group_metrics(std::span<const ScoredSample> samples,
                                        std::span<const std::string> groups,
                                        const DecisionOptions& options) {
  const auto fits = [&](std::size_t size) { return size == 0 || size == samples.size(); };
  check(groups.size() == samples.size() && fits(options.called.size()) &&
            fits(options.clusters.size()),
        ErrorKind::internal, "{} groups, {} decisions and {} clusters for {} samples",
        groups.size(), options.called.size(), options.clusters.size(), samples.size());
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < samples.size(); ++i) members[groups[i]].push_back(i);

  std::vector<GroupMetrics> result;
  for (const auto& [group, positions] : members) {
    const std::vector<std::uint8_t> called = at_positions(options.called, positions);
    const std::vector<std::int64_t> clusters = at_positions(options.clusters, positions);
    DecisionOptions own = options;
    own.called = called;
    own.clusters = clusters;
    const DecisionResults results = decision_results(group, at_positions(samples, positions), own);
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
