#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/base/files.h"
#include "attune/base/json.h"
#include "attune/eval/metrics/metric_values.h"

namespace attune {

/// What a fold of a cross-validation found out on the pictures it held out (one class each).
struct FoldResult {
  MetricValues values;
  at::Tensor logits;                      ///< float [held out, labels]
  at::Tensor targets;                     ///< int64 [held out]
  std::vector<std::int64_t> called = {};  ///< as in ClassificationEvaluation
};

/// Keeps `result` in the fold's folder, the last thing that a fold does. `settings`: what its
/// numbers depend on.
void save_fold(const fs::path& folder, const FoldResult& result, const Json& settings);

/// What `save_fold` kept; nothing where the fold is not complete. Throws `user` where it was
/// trained with other settings, `data` where the file is damaged.
std::optional<FoldResult> load_fold(const fs::path& folder, const Json& settings);

/// Metrics of all held-out pictures as one data set, each classified by the model that has not
/// seen it, with that fold's threshold where there is one (`pooled_accuracy` ...), and of each
/// metric its values by fold, their mean and standard deviation. Requires at least one fold.
Json pool_folds(const std::vector<FoldResult>& folds, const std::vector<std::string>& labels);

}  // namespace attune
