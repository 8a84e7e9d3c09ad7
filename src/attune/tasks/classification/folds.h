#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/error.h"
#include "attune/base/json.h"
#include "attune/data/split/splits.h"
#include "attune/tasks/classification/training.h"
#include "attune/tasks/run/cross_validation.h"

namespace attune {

/// What a fold found out by the evaluation of what it held out, with what the pooling of folds
/// needs of it. Requires one class for each example.
FoldResult fold_result(const PartEvaluation& held_out);

/// Throws `data`, saying what is wrong, where `predictions` are not such.
void check_fold_predictions(const Json& predictions, std::size_t labels);

/// Metrics of all held-out examples as one data set, each classified by the model that has not seen
/// it, with that fold's threshold where there is one. Requires at least one fold.
MetricValues pool_folds(const std::vector<FoldResult>& folds,
                        const std::vector<std::string>& labels);

/// Of the examples and their classes.
template <typename Dataset>
std::string held_out_hash(const Dataset& data, std::span<const std::int64_t> examples) {
  Hasher hasher(HashAlgorithm::sha256);
  for (const std::int64_t n : examples) {
    hasher.update(fmt::format("{}\t{}\n", data.source_name(n),
                              data.examples[static_cast<std::size_t>(n)].label));
  }
  return hasher.hex_digest();
}

/// `--folds`: trains on `all` (TextParts or ImageParts) once for each of `folds` parts of its
/// training data that is held out, stratified by class, groups kept whole. `train` trains on the
/// parts of one fold, whose validation part is what it holds out; it returns the signal that
/// stopped it, or 0 and the result. `example`: what one is called, "picture". Returns and throws as
/// `cross_validate`; `user` too unless every example has one class, and where `all` has a
/// validation part.
template <typename Parts>
int train_folds(const Parts& all, std::int64_t folds, const std::string& example,
                RunSettings& settings, const config::Schema& schema,
                const std::function<int(Parts parts, FoldResult& result)>& train) {
  check(!all.validation, ErrorKind::user,
        "--folds holds out each part of the training data in turn; the data has a validation part "
        "of its own: train without --folds");
  const auto& data = all.train;
  const auto seed = static_cast<std::uint64_t>(settings.train.seed);
  return cross_validate(
      {.folds = fold_splits(split_basis(data), folds, seed, example),
       .examples = example,
       .held_out = [&](const Split& fold) { return held_out_hash(data, fold.validation); },
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
