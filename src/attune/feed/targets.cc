#include "attune/feed/targets.h"

#include <algorithm>

#include <ATen/ops/empty.h>

#include "attune/base/error.h"

namespace attune {

LabelKind label_kind_of(ProblemType problem) {
  switch (problem) {
    case ProblemType::single_label_classification:
      return LabelKind::single_label;
    case ProblemType::multi_label_classification:
      return LabelKind::multi_label;
    case ProblemType::regression:
      return LabelKind::regression;
  }
  // Behind the switch, so that the compiler tells of a kind that is missing from it.
  fail(ErrorKind::internal, "unknown problem type");
}

Targets select_targets(const Targets& targets, std::span<const std::int64_t> examples) {
  const auto count = static_cast<std::int64_t>(examples.size());
  const at::Tensor index = at::empty({count}, at::kLong);
  std::copy(examples.begin(), examples.end(), index.mutable_data_ptr<std::int64_t>());
  return targets.index_select(0, index);
}

}  // namespace attune
