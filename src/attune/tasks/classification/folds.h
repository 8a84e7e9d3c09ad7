#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/data/fingerprint.h"
#include "attune/data/split/splits.h"
#include "attune/feed/targets.h"
#include "attune/tasks/classification/training.h"
#include "attune/tasks/run/cross_validation.h"

namespace attune {

/// What a fold found out by the evaluation of what it held out, with what the pooling of folds
/// needs of it. `keys`: of these examples (`contents_of`), by which a check finds what a model that
/// has not seen an example says of it. Requires one class for each example.
FoldResult fold_result(const PartEvaluation& held_out, std::vector<std::string> keys);

/// Throws `data`, saying what is wrong, where `predictions` are not such.
void check_fold_predictions(const Json& predictions, std::size_t labels);

/// Metrics of all held-out examples as one data set, each classified by the model that has not seen
/// it, with that fold's threshold where there is one. Requires at least one fold.
MetricValues pool_folds(const std::vector<FoldResult>& folds,
                        const std::vector<std::string>& labels);

/// Throws `user`, naming the fold, where the run goes by a metric that is undefined on what a fold
/// holds out. `targets`: of all examples.
void check_fold_metrics(const TrainingArguments& args, const std::vector<Split>& folds,
                        const std::vector<std::string>& labels, const Targets& targets);

/// What a cross-validation compares of its data, wherever they lie.
template <typename Parts>
Json fold_data(const Parts& all) {
  Json data = {{"classes", all.train.label_names},
               {"train_data", contents_of(all.train).fingerprint}};
  if (all.test) data["test_data"] = contents_of(*all.test).fingerprint;
  return data;
}

/// `--folds`: trains on `all` (TextParts or ImageParts) once for each of `folds` parts of its
/// training data that is held out, stratified by class, groups kept whole. `train` trains on the
/// parts of one fold, whose validation part is what it holds out; it returns the signal that
/// stopped it, or 0 and the result. `example`: what one is called, "picture"; `places`: as of a
/// CrossValidation. Returns and throws as `cross_validate`; `user` too unless every example has one
/// class, where `all` has a validation part, and as `check_fold_metrics`, before anything trains.
template <typename Parts>
int train_folds(const Parts& all, std::int64_t count, const std::string& example,
                std::vector<std::string> places, RunSettings& settings,
                const config::Schema& schema,
                const std::function<int(Parts parts, FoldResult& result)>& train) {
  check(!all.validation, ErrorKind::user,
        "--folds holds out each part of the training data in turn; the data has a validation part "
        "of its own: train without --folds");
  const auto& data = all.train;
  const auto seed = static_cast<std::uint64_t>(settings.train.seed);
  std::vector<Split> folds = fold_splits(split_basis(data), count, seed, example);
  check_fold_metrics(settings.train, folds, data.label_names,
                     targets_of(data, ProblemType::single_label_classification));
  return cross_validate(
      {.folds = std::move(folds),
       .examples = example,
       .data = fold_data(all),
       .places = std::move(places),
       .train =
           [&](const Split& fold, FoldResult& result) {
             Parts parts = all;
             parts.divide(fold);
             return train(std::move(parts), result);
           },
       .check_predictions =
           [&](const Json& json) { check_fold_predictions(json, data.label_names.size()); },
       .pool =
           [&](const std::vector<FoldResult>& results) {
             return pool_folds(results, data.label_names);
           },
       .headline = "accuracy"},
      settings, schema);
}

}  // namespace attune
