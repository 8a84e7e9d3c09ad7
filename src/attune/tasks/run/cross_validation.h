#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attune/config/schema.h"
#include "attune/data/split/split.h"
#include "attune/eval/metrics/metric_values.h"
#include "attune/tasks/run/settings.h"

namespace attune {

/// What a fold of a cross-validation found out on the examples it held out.
struct FoldResult {
  MetricValues values;
  Json predictions;  ///< the task's own: what `pool` needs of them
};

/// A cross-validation as a task hands it over.
struct CrossValidation {
  std::vector<Split> folds;
  std::string examples;  ///< what is held out once, one of them, for people: "picture"
  /// What identifies the data, by name: hashes of contents, names of classes. Folds are pooled only
  /// where they are of the same.
  Json data;
  /// The options that say where the data lie: `data` stands for what they hold.
  std::vector<std::string> places;
  /// Trains one fold as the settings say, which name its own output folder. Returns the signal that
  /// stopped it (`result` is then not set), or 0.
  std::function<int(const Split& fold, FoldResult& result)> train;
  /// Throws `data` where predictions that were read back from a file are not such as `train` makes.
  std::function<void(const Json& predictions)> check_predictions;
  /// Metrics of all held-out examples as one data set.
  std::function<MetricValues(const std::vector<FoldResult>& folds)> pool;
  std::string headline;  ///< the metric that is told at the end: "accuracy"
};

/// Adds what contradicts `--folds`, if it is given. `has_validation`: the user names validation
/// data, by `validation_flag` or by --validation-split.
void find_fold_problems(const std::optional<std::int64_t>& folds, bool has_validation,
                        const char* validation_flag, const TrainingArguments& args,
                        config::Problems& problems);

/// Trains the folds in turn, each in a folder OUTPUT_DIR/fold-K, and leaves `metrics.json`: pooled
/// metrics (`pooled_accuracy` ...), and of each metric its values by fold, their mean and standard
/// deviation. One that was stopped goes on where it was with --resume-from-checkpoint last:
/// complete folds are not trained again. `settings` belong to `schema`. Returns the signal that
/// stopped it, or 0. Throws `user` where the output folder holds folds of another run.
int cross_validate(const CrossValidation& validation, RunSettings& settings,
                   const config::Schema& schema);

}  // namespace attune
