#include "attune/eval/metrics/group_metrics.h"

#include <map>

#include "attune/base/error.h"
#include "attune/eval/metrics/bootstrap.h"
#include "attune/eval/metrics/ranked_samples.h"

namespace attune {
namespace {

Estimate auroc_of(std::span<const ScoredSample> samples, const GroupMetricsOptions& options) {
  const RankedSamples ranked(samples);
  std::vector<std::int64_t> classes;
  for (const ScoredSample& sample : samples) classes.push_back(sample.positive);
  return bootstrap(Resampler::stratified(classes, options.seed), options.resamples, 1,
                   [&](std::span<const std::uint32_t> weights, std::span<double> out) {
                     out[0] = ranked.scores(weights).auroc;
                   })
      .front();
}

}  // namespace

std::vector<GroupMetrics> group_metrics(std::span<const ScoredSample> samples,
                                        std::span<const std::string> groups,
                                        const GroupMetricsOptions& options) {
  check(groups.size() == samples.size(), ErrorKind::internal, "{} groups for {} samples",
        groups.size(), samples.size());
  std::map<std::string, std::vector<ScoredSample>> members;
  for (std::size_t i = 0; i < samples.size(); ++i) members[groups[i]].push_back(samples[i]);

  std::vector<GroupMetrics> result;
  for (const auto& [group, own] : members) {
    const BinaryCounts counts = count_decisions(own, options.threshold);
    result.push_back(
        {.group = group,
         .counts = counts,
         .auroc = auroc_of(own, options),
         .accuracy = wilson_interval(counts.true_positives + counts.true_negatives, counts.total()),
         .sensitivity = wilson_interval(counts.true_positives, counts.positives()),
         .specificity = wilson_interval(counts.true_negatives, counts.negatives())});
  }
  return result;
}

}  // namespace attune
