#include "attune/adapt/frozen_features.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/core/grad_mode.h>

#include "attune/base/progress.h"

namespace attune {
namespace {

constexpr std::int64_t kBatch = 64;

}  // namespace

FrozenFeatures::FrozenFeatures(std::int64_t count, ComputeRows compute, const Options& options)
    : count_(count),
      together_(options.together > 0 ? options.together : std::max<std::int64_t>(count, 1)),
      compute_(std::move(compute)),
      unit_(options.unit),
      cache_(options.budget, options.cache_folder) {}

at::Tensor FrozenFeatures::state(std::span<const std::int64_t> examples,
                                 std::int64_t first_trained_group) {
  // Everything trains: nothing is a function of the example alone.
  if (first_trained_group == 0 || examples.empty()) return {};
  cache_.set_key(first_trained_group);
  for (const std::int64_t example : examples) {
    if (!cache_.has(example)) compute_around(example, first_trained_group);
  }
  std::vector<std::int64_t> shape = {-1};
  shape.insert(shape.end(), row_shape_.begin(), row_shape_.end());
  return cache_.gather(examples).view(shape);
}

/// In dataset order and batches that depend on nothing else: a product's last bits may change with
/// its number of rows, and a resumed run must find the same features.
void FrozenFeatures::compute_around(std::int64_t example, std::int64_t first_trained_group) {
  const at::NoGradGuard no_grad;
  const std::int64_t first_one = example / together_ * together_;
  const std::int64_t end = std::min(first_one + together_, count_);
  std::vector<std::int64_t> batch;
  for (std::int64_t begin = first_one; begin < end; begin += kBatch) {
    batch.resize(static_cast<std::size_t>(std::min(kBatch, end - begin)));
    std::iota(batch.begin(), batch.end(), begin);
    const ExampleRows computed = compute_(batch, first_trained_group);
    row_shape_ = computed.rows.sizes().slice(1).vec();
    const at::Tensor rows = computed.rows.to(at::kFloat).contiguous().flatten(1);
    for (std::size_t n = 0; n < batch.size(); ++n) {
      const std::int64_t first = computed.offsets[n];
      cache_.put(batch[n], rows.narrow(0, first, computed.offsets[n + 1] - first));
    }
    const std::int64_t done = begin + static_cast<std::int64_t>(batch.size()) - first_one;
    report_progress({.activity = "frozen features",
                     .done = done,
                     .total = end - first_one,
                     .unit = unit_,
                     .finished = begin + kBatch >= end});
  }
}

std::vector<std::int64_t> one_row_each(std::int64_t count) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(count) + 1);
  std::iota(offsets.begin(), offsets.end(), 0);
  return offsets;
}

}  // namespace attune
