#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include "attune/data/labels/labels.h"
#include "attune/models/head_options.h"

namespace attune {

/// What the labels of a whole data set look like as one tensor, example by example:
/// int64 [N] class ids (single label), float [N, num_labels] of 0, 1 and NaN for what is not known
/// (multi-label), float [N] (regression).
using Targets = at::Tensor;

/// The rows of `targets` for `examples`, in their order.
Targets select_targets(const Targets& targets, std::span<const std::int64_t> examples);

/// The labels that a problem is about.
LabelKind label_kind_of(ProblemType problem);

/// The labels of a `TextDataset` or an `ImageDataset` as one tensor. Requires the dataset's
/// `label_kind` to be that of the problem.
template <typename Dataset>
Targets targets_of(const Dataset& dataset, ProblemType problem) {
  if (problem == ProblemType::single_label_classification) {
    return at::tensor(dataset.class_ids(), at::TensorOptions(at::kLong));
  }
  if (problem == ProblemType::regression) {
    std::vector<float> values;
    for (const auto& example : dataset.examples)
      values.push_back(static_cast<float>(example.target));
    return at::tensor(values);
  }
  at::Tensor result = at::empty(
      {dataset.size(), static_cast<std::int64_t>(dataset.label_names.size())}, at::kFloat);
  auto* values = result.mutable_data_ptr<float>();
  for (std::int64_t n = 0; n < dataset.size(); ++n) {
    for (const float value : dataset.label_row(n)) {
      *values++ = value < 0 ? std::numeric_limits<float>::quiet_NaN() : value;
    }
  }
  return result;
}

}  // namespace attune
