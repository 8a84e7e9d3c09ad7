#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "attune/eval/metrics/intervals/interval.h"
#include "attune/eval/metrics/intervals/resampler.h"

namespace attune {

/// Computes `out.size()` statistics of samples that occur `weights[i]` times. Is called from
/// several threads; NaN where a resample leaves a statistic undefined.
using WeightedStatistics =
    std::function<void(std::span<const std::uint32_t> weights, std::span<double> out)>;

/// Statistics with their 95 % percentile bootstrap intervals (Efron & Tibshirani 1993, section
/// 13.3; quantiles as NumPy's `percentile`), all from the same resamples. Resamples in which a
/// statistic is undefined do not count for it. The result is the same for any number of threads.
std::vector<Estimate> bootstrap(const Resampler& resampler, std::int64_t resamples,
                                std::size_t num_statistics, const WeightedStatistics& statistics);

}  // namespace attune
