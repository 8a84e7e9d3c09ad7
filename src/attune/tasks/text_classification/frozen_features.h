#pragma once

#include "attune/adapt/feature_cache.h"
#include "attune/data/token_store.h"
#include "attune/models/sequence_classifier.h"

namespace attune {

/// What comes out of the frozen lower part of a model, computed once for each text and kept.
class FrozenFeatures {
 public:
  /// The references must outlive the object.
  FrozenFeatures(SequenceClassifier& model, const TokenStore& texts, std::int64_t cache_bytes,
                 const fs::path& cache_folder);

  /// The state that enters depth group `first_trained_group` for `examples`: [T, hidden] or, behind
  /// the pooling, [N, pooled]. Undefined (there is none) for group 0. When `first_trained_group`
  /// changes, all texts are computed anew.
  at::Tensor state(std::span<const std::int64_t> examples, std::int64_t first_trained_group);

 private:
  void compute_all(std::int64_t first_trained_group);

  SequenceClassifier& model_;
  const TokenStore& texts_;
  FeatureCache cache_;
};

}  // namespace attune
