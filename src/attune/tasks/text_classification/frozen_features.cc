#include "attune/tasks/text_classification/frozen_features.h"

#include <c10/core/GradMode.h>

namespace attune {

FrozenFeatures::FrozenFeatures(SequenceClassifier& model, const TokenStore& texts,
                               std::int64_t cache_bytes, const fs::path& cache_folder)
    : model_(model), texts_(texts), cache_(cache_bytes, cache_folder) {}

at::Tensor FrozenFeatures::state(std::span<const std::int64_t> examples,
                                 std::int64_t first_trained_group) {
  if (first_trained_group == 0) return {};
  cache_.set_key(first_trained_group);
  std::vector<std::int64_t> missing;
  for (const std::int64_t example : examples) {
    if (!cache_.has(example)) missing.push_back(example);
  }
  if (!missing.empty()) compute(missing, first_trained_group);
  return cache_.gather(examples);
}

void FrozenFeatures::compute(std::span<const std::int64_t> examples,
                             std::int64_t first_trained_group) {
  const at::NoGradGuard no_grad;
  const PackedTokens tokens = texts_.pack(examples);
  const at::Tensor state = model_.run(tokens, {}, 0, first_trained_group);
  const bool pooled = model_.pooled_after(first_trained_group - 1);
  for (std::int64_t n = 0; n < tokens.segments.count(); ++n) {
    const std::int64_t begin = pooled ? n : tokens.segments.offsets[static_cast<std::size_t>(n)];
    cache_.put(examples[static_cast<std::size_t>(n)],
               state.narrow(0, begin, pooled ? 1 : tokens.segments.length(n)));
  }
}

}  // namespace attune
