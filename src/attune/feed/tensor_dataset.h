#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace attune {

/// A labelled dataset of tokens held as tensors, as in PyTorch's hello-world.
class TensorDataset {
 public:
  /// `input_ids`, `attention_mask`: int64 [N, L]. `labels`: int64 [N] (one class each), float [N]
  /// (regression) or float [N, num_labels] of 0 and 1 (several classes each).
  /// Throws `user` where the shapes do not fit together.
  TensorDataset(at::Tensor input_ids, at::Tensor attention_mask, at::Tensor labels);
  TensorDataset(at::Tensor input_ids, at::Tensor attention_mask, at::Tensor token_type_ids,
                at::Tensor labels);

  std::int64_t size() const { return input_ids_.size(0); }
  const at::Tensor& input_ids() const { return input_ids_; }
  const at::Tensor& attention_mask() const { return attention_mask_; }
  const at::Tensor& token_type_ids() const { return token_type_ids_; }
  const at::Tensor& labels() const { return labels_; }

 private:
  at::Tensor input_ids_, attention_mask_, token_type_ids_, labels_;
};

}  // namespace attune
