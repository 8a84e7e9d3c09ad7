#include "attune/feed/tensor_dataset.h"

#include <utility>

#include <ATen/ops/zeros_like.h>

#include "attune/base/error.h"

namespace attune {

TensorDataset::TensorDataset(at::Tensor input_ids, at::Tensor attention_mask, at::Tensor labels)
    : TensorDataset(input_ids, std::move(attention_mask), at::zeros_like(input_ids),
                    std::move(labels)) {}

TensorDataset::TensorDataset(at::Tensor input_ids, at::Tensor attention_mask,
                             at::Tensor token_type_ids, at::Tensor labels)
    : input_ids_(std::move(input_ids)),
      attention_mask_(std::move(attention_mask)),
      token_type_ids_(std::move(token_type_ids)),
      labels_(std::move(labels)) {
  check(input_ids_.dim() == 2 && attention_mask_.sizes() == input_ids_.sizes() &&
            token_type_ids_.sizes() == input_ids_.sizes(),
        ErrorKind::user,
        "TensorDataset: input_ids, attention_mask and token_type_ids must all be [N, L], got {}, "
        "{}, {}",
        fmt::join(input_ids_.sizes(), "x"), fmt::join(attention_mask_.sizes(), "x"),
        fmt::join(token_type_ids_.sizes(), "x"));
  // Told here, with shapes: in the loop the same mistake is an index error of LibTorch.
  check(labels_.dim() >= 1 && labels_.dim() <= 2 && labels_.size(0) == input_ids_.size(0),
        ErrorKind::user, "TensorDataset: labels must be [{0}] or [{0}, labels], got {1}",
        input_ids_.size(0), fmt::join(labels_.sizes(), "x"));
  // Hugging Face infers the problem from this: whole numbers are classes, anything else values.
  if (labels_.dim() == 1 && at::isIntegralType(labels_.scalar_type(), true)) {
    labels_ = labels_.to(at::kLong);
  } else {
    labels_ = labels_.to(at::kFloat);
  }
}

}  // namespace attune
