#include "attune/eval/metrics/intervals/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "attune/base/error.h"
#include "attune/base/threads.h"

namespace attune {
namespace {

// Linear between the two nearest order statistics: NumPy's default, type 7 of Hyndman and Fan 1996.
double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

}  // namespace

std::vector<Estimate> bootstrap(const Resampler& resampler, std::int64_t resamples,
                                std::size_t num_statistics, const WeightedStatistics& statistics) {
  check(resamples > 0, ErrorKind::user, "a bootstrap of {} resamples, expected at least 1",
        resamples);
  const auto samples = static_cast<std::size_t>(resampler.num_samples());
  // A row a resample: threads write apart from each other, and what follows sees the rows in one
  // order however many threads there were.
  std::vector<double> drawn(static_cast<std::size_t>(resamples) * num_statistics);
  parallel_for(resamples, 16, 0, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint32_t> weights(samples);
    for (std::int64_t b = begin; b < end; ++b) {
      resampler.draw(static_cast<std::uint64_t>(b), weights);
      statistics(weights, std::span(drawn).subspan(static_cast<std::size_t>(b) * num_statistics,
                                                   num_statistics));
    }
  });

  std::vector<double> values(num_statistics);
  statistics(std::vector<std::uint32_t>(samples, 1U), values);
  std::vector<Estimate> estimates;
  for (std::size_t k = 0; k < num_statistics; ++k) {
    estimates.push_back({.value = values[k]});
    // A resample without one of the classes says nothing of this statistic. Where the data
    // themselves leave it undefined, an interval of the resamples that happen to have it would be
    // made up.
    std::vector<double> defined;
    for (std::size_t i = k; i < drawn.size(); i += num_statistics) {
      if (std::isfinite(drawn[i])) defined.push_back(drawn[i]);
    }
    if (defined.empty() || !std::isfinite(values[k])) continue;
    std::ranges::sort(defined);
    // The percentile interval: the middle 95 % of what resamples gave.
    estimates[k].low = quantile(defined, 0.025);
    estimates[k].high = quantile(defined, 0.975);
  }
  return estimates;
}

}  // namespace attune
