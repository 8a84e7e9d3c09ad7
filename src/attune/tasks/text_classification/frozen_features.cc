#include "attune/tasks/text_classification/frozen_features.h"

#include <algorithm>
#include <numeric>

#include <c10/core/GradMode.h>

#include "attune/base/progress.h"

namespace attune {
namespace {

constexpr std::int64_t kBatch = 64;

}  // namespace

FrozenFeatures::FrozenFeatures(SequenceClassifier& model, const TokenStore& texts,
                               std::int64_t cache_bytes, const fs::path& cache_folder)
    : model_(model), texts_(texts), cache_(cache_bytes, cache_folder) {}

at::Tensor FrozenFeatures::state(std::span<const std::int64_t> examples,
                                 std::int64_t first_trained_group) {
  if (first_trained_group == 0 || examples.empty()) return {};
  cache_.set_key(first_trained_group);
  if (!cache_.has(examples.front())) compute_all(first_trained_group);
  return cache_.gather(examples);
}

/// In dataset order and batches that depend on nothing else: a product's last bits may change with
/// its number of rows, and a resumed run must find the same features.
void FrozenFeatures::compute_all(std::int64_t first_trained_group) {
  const at::NoGradGuard no_grad;
  const bool pooled = model_.pooled_after(first_trained_group - 1);
  std::vector<std::int64_t> batch;
  for (std::int64_t begin = 0; begin < texts_.size(); begin += kBatch) {
    batch.resize(static_cast<std::size_t>(std::min(kBatch, texts_.size() - begin)));
    std::iota(batch.begin(), batch.end(), begin);
    const PackedTokens tokens = texts_.pack(batch);
    const at::Tensor state = model_.run(tokens, {}, 0, first_trained_group).to(at::kFloat);
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const auto index = static_cast<std::int64_t>(n);
      const std::int64_t row = pooled ? index : tokens.segments.offsets[n];
      cache_.put(batch[n], state.narrow(0, row, pooled ? 1 : tokens.segments.length(index)));
    }
    const std::int64_t done = begin + static_cast<std::int64_t>(batch.size());
    report_progress({.activity = "frozen features",
                     .done = done,
                     .total = texts_.size(),
                     .unit = "texts",
                     .finished = done == texts_.size()});
  }
}

}  // namespace attune
