#pragma once

#include "attune/models/model.h"
#include "attune/nn/packed.h"

namespace attune {

/// A text encoder with a classification (or regression) head, run as a chain of depth groups.
class SequenceClassifier : public Model {
 public:
  /// Runs the depth groups [first, last) and returns what comes out of group `last - 1`.
  ///
  /// `state` is what came out of group `first - 1`; it is ignored when `first` is 0.
  /// Between two groups the state is float [T, hidden] up to the last encoder layer, and float
  /// [N, pooled] behind it (pooling belongs to the last encoder layer, so that a cache of frozen
  /// features holds one row per example there). Out of the last group come logits [N, num_labels].
  virtual at::Tensor run(const PackedTokens& tokens, const at::Tensor& state, std::int64_t first,
                         std::int64_t last) = 0;

  /// Whether the state that comes out of `group` has one row per example (true) or per token.
  virtual bool pooled_after(std::int64_t group) const = 0;

  /// Logits [N, num_labels].
  at::Tensor forward(const PackedTokens& tokens) {
    return run(tokens, {}, 0, static_cast<std::int64_t>(depth_groups().size()));
  }
};

}  // namespace attune
