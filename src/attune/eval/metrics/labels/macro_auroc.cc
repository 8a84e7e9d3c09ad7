#include "attune/eval/metrics/labels/macro_auroc.h"

#include "attune/base/error.h"
#include "attune/eval/metrics/intervals/bootstrap.h"
#include "attune/eval/metrics/labels/ranked_samples.h"

namespace attune {

Estimate macro_auroc(std::span<const ScoredColumn> columns, const Resampler& rows,
                     std::int64_t resamples) {
  check(!columns.empty(), ErrorKind::internal, "a mean AUROC of no class");
  std::vector<RankedSamples> ranked;
  for (const ScoredColumn& column : columns) {
    check(column.rows.size() == column.samples.size() &&
              (column.rows.empty() || column.rows.back() < rows.num_samples()),
          ErrorKind::internal, "a column that is not of the {} rows", rows.num_samples());
    ranked.emplace_back(column.samples);
  }
  const auto mean = [&](std::span<const std::uint32_t> row_weights, std::span<double> out) {
    out[0] = 0.0;
    std::vector<std::uint32_t> weights;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      // A resample draws rows; of a column only those count whose label is known.
      weights.clear();
      for (const std::int64_t row : columns[c].rows) {
        weights.push_back(row_weights[static_cast<std::size_t>(row)]);
      }
      out[0] += ranked[c].scores(weights).auroc / static_cast<double>(columns.size());
    }
  };
  return bootstrap(rows, resamples, 1, mean).front();
}

}  // namespace attune
