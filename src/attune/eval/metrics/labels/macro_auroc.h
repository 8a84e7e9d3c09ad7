#pragma once

#include <cstdint>
#include <span>

#include "attune/eval/metrics/decisions/scored_column.h"
#include "attune/eval/metrics/intervals/interval.h"
#include "attune/eval/metrics/intervals/resampler.h"

namespace attune {

/// Mean over the columns' AUROCs with its bootstrap interval: for several classes one-vs-rest, for
/// several labels each on the samples where it is known. The resampler draws rows: stratified by
/// class keeps every class in every resample, for labels draw plainly or by cluster. Undefined
/// where a column is; resamples that leave one undefined do not count.
Estimate macro_auroc(std::span<const ScoredColumn> columns, const Resampler& rows,
                     std::int64_t resamples = 1000);

}  // namespace attune
