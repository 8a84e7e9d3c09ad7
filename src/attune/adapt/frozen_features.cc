#include "attune/adapt/frozen_features.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include "attune/base/error.h"
#include "attune/base/process/stop.h"
#include "attune/base/progress.h"

namespace attune {
FrozenFeatures::FrozenFeatures(std::int64_t count, ComputeRows compute, const Options& options)
    : count_(count),
      together_(options.together > 0 ? options.together : std::max<std::int64_t>(count, 1)),
      compute_(std::move(compute)),
      at_once_(options.at_once),
      unit_(options.unit),
      cache_(options.budget, options.cache_folder) {}

Activations FrozenFeatures::state(std::span<const std::int64_t> examples,
                                  std::int64_t first_trained_group) {
  // Everything trains: nothing is a function of the example alone.
  if (first_trained_group == 0 || examples.empty()) return {};
  cache_.set_key(first_trained_group);
  for (const std::int64_t example : examples) {
    if (!cache_.has(example)) compute_around(example, first_trained_group);
  }
  return split(examples, cache_.gather(examples));
}

Activations FrozenFeatures::passing_state(std::span<const std::int64_t> examples,
                                          std::int64_t first_trained_group) const {
  if (first_trained_group == 0 || examples.empty()) return {};
  const at::NoGradGuard no_grad;
  return compute_(examples, first_trained_group).rows;
}

/// One part is kept as its rows; of several parts the cache holds each example's values end to end,
/// as rows of one number.
void FrozenFeatures::keep(std::span<const std::int64_t> batch, const ExampleRows& computed) {
  const std::vector<at::Tensor>& parts = computed.rows.parts;
  check(!parts.empty() && (computed.offsets.size() == 1 || computed.offsets.size() == parts.size()),
        ErrorKind::internal, "frozen features: {} lists of offsets for {} parts",
        computed.offsets.size(), parts.size());
  row_shapes_.clear();
  std::vector<at::Tensor> rows;
  for (const at::Tensor& part : parts) {
    row_shapes_.push_back(part.sizes().slice(1).vec());
    rows.push_back(part.to(at::kFloat).contiguous().flatten(1));
  }
  for (std::size_t n = 0; n < batch.size(); ++n) {
    std::vector<at::Tensor> own;
    std::vector<std::int64_t> counts;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const auto& offsets = computed.offsets[computed.offsets.size() == 1 ? 0 : p];
      counts.push_back(offsets[n + 1] - offsets[n]);
      own.push_back(rows[p].narrow(0, offsets[n], counts.back()));
    }
    if (own.size() == 1) {
      cache_.put(batch[n], own[0]);
      continue;
    }
    for (at::Tensor& part : own) part = part.reshape({-1, 1});
    cache_.put(batch[n], at::cat(own));
    part_rows_[batch[n]] = std::move(counts);
  }
}

/// The parts of `examples`, whose values the cache gave.
Activations FrozenFeatures::split(std::span<const std::int64_t> examples,
                                  const at::Tensor& values) const {
  const auto shaped = [&](const at::Tensor& part, std::size_t p, std::int64_t rows) {
    std::vector<std::int64_t> shape = row_shapes_[p];
    shape.insert(shape.begin(), rows);
    return part.view(shape);
  };
  if (row_shapes_.size() == 1) return shaped(values, 0, values.size(0));
  std::vector<std::vector<at::Tensor>> pieces(row_shapes_.size());
  std::vector<std::int64_t> rows(row_shapes_.size(), 0);
  std::int64_t begin = 0;
  for (const std::int64_t example : examples) {
    const std::vector<std::int64_t>& counts = part_rows_.at(example);
    for (std::size_t p = 0; p < counts.size(); ++p) {
      const std::int64_t size = counts[p] * c10::multiply_integers(row_shapes_[p]);
      pieces[p].push_back(values.narrow(0, begin, size));
      rows[p] += counts[p];
      begin += size;
    }
  }
  std::vector<at::Tensor> parts;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    parts.push_back(shaped(at::cat(pieces[p]), p, rows[p]));
  }
  return Activations(std::move(parts));
}

/// In dataset order and batches that depend on nothing else: a product's last bits may change with
/// its number of rows, and a resumed run must find the same features.
void FrozenFeatures::compute_around(std::int64_t example, std::int64_t first_trained_group) {
  const at::NoGradGuard no_grad;
  const std::int64_t first_one = example / together_ * together_;
  const std::int64_t end = std::min(first_one + together_, count_);
  std::vector<std::int64_t> batch;
  for (std::int64_t begin = first_one; begin < end; begin += at_once_) {
    check_stop();
    batch.resize(static_cast<std::size_t>(std::min(at_once_, end - begin)));
    std::iota(batch.begin(), batch.end(), begin);
    keep(batch, compute_(batch, first_trained_group));
    const std::int64_t done = begin + static_cast<std::int64_t>(batch.size()) - first_one;
    report_progress({.activity = "frozen features",
                     .done = done,
                     .total = end - first_one,
                     .unit = unit_,
                     .finished = begin + at_once_ >= end});
  }
}

std::vector<std::int64_t> one_row_each(std::int64_t count) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(count) + 1);
  std::iota(offsets.begin(), offsets.end(), 0);
  return offsets;
}

}  // namespace attune
