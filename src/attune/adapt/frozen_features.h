#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attune/adapt/feature_cache.h"
#include "attune/models/activations.h"

namespace attune {

/// What comes out of the frozen part of a model for some examples, end to end: example n has rows
/// [offsets[p][n], offsets[p][n + 1]) of part p, float [sum of rows, ...]. One list of offsets may
/// serve all parts.
struct ExampleRows {
  Activations rows;
  std::vector<std::vector<std::int64_t>> offsets;
};

/// Runs the depth groups below `first_trained_group` on `examples`.
using ComputeRows = std::function<ExampleRows(std::span<const std::int64_t> examples,
                                              std::int64_t first_trained_group)>;

/// What comes out of the frozen lower part of a model, computed once for each example and kept.
class FrozenFeatures {
 public:
  struct Options {
    std::shared_ptr<CacheBudget> budget;  ///< null: features are kept in a file
    fs::path cache_folder;
    /// Examples n * together .. (n + 1) * together - 1 are computed when one of them is first asked
    /// for; 0: all at once.
    std::int64_t together = 0;
    std::int64_t at_once = 64;     ///< examples that go through the model together
    std::string unit = "samples";  ///< of the progress bar
  };

  /// For examples 0 .. count-1. What `compute` refers to must outlive the object.
  FrozenFeatures(std::int64_t count, ComputeRows compute, const Options& options);

  /// The state that enters depth group `first_trained_group` for `examples`, their rows end to end.
  /// Without parts (there is none) for group 0. When `first_trained_group` changes, examples are
  /// computed anew. Throws `Stopped` where a signal has asked to stop: what is there stays.
  Activations state(std::span<const std::int64_t> examples, std::int64_t first_trained_group);
  /// The same of examples that do not come again before `first_trained_group` changes: nothing is
  /// kept, and no other example computed.
  Activations passing_state(std::span<const std::int64_t> examples,
                            std::int64_t first_trained_group) const;

 private:
  /// Those that are computed together with `example`.
  void compute_around(std::int64_t example, std::int64_t first_trained_group);
  void keep(std::span<const std::int64_t> batch, const ExampleRows& computed);
  Activations split(std::span<const std::int64_t> examples, const at::Tensor& values) const;

  std::int64_t count_, together_;
  ComputeRows compute_;
  std::int64_t at_once_;
  std::string unit_;
  FeatureCache cache_;
  std::vector<std::vector<std::int64_t>> row_shapes_;  ///< of each part, without rows
  /// Rows of each part that an example has, where there are several parts.
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> part_rows_;
};

/// Offsets of examples that have one row each: 0 .. count.
std::vector<std::int64_t> one_row_each(std::int64_t count);

}  // namespace attune
