#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "attune/base/coding/hash.h"
#include "attune/base/json.h"
#include "attune/data/split/splits.h"
#include "attune/tasks/classification/evaluation.h"
#include "attune/tasks/run/cross_validation.h"

namespace attune {

/// What of an evaluation with logits the pooling of folds needs. Requires one class for each
/// example.
Json fold_predictions(const ClassificationEvaluation& evaluation, const Targets& targets);

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

/// A cross-validation over `data`, a `TextDataset` or `ImageDataset` that must outlive it,
/// stratified by class, groups kept whole; `train` is left to the caller. `example`: what one is
/// called, "picture". Throws `user` unless every example has one class.
template <typename Dataset>
CrossValidation label_cross_validation(const Dataset& data, std::int64_t folds, std::int64_t seed,
                                       const std::string& example) {
  return {.folds = fold_splits(split_basis(data), folds, static_cast<std::uint64_t>(seed), example),
          .examples = example,
          .held_out = [&data](const Split& fold) { return held_out_hash(data, fold.validation); },
          .check_predictions =
              [&data](const Json& json) { check_fold_predictions(json, data.label_names.size()); },
          .pool =
              [&data](const std::vector<FoldResult>& results) {
                return pool_folds(results, data.label_names);
              },
          .headline = "accuracy"};
}

}  // namespace attune
