#pragma once

#include <limits>
#include <vector>

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include "attune/tasks/classification/loss.h"

namespace attune {

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
