#include "attune/nn/layers/embedding.h"

#include <ATen/ops/embedding.h>
#include <ATen/ops/zeros.h>

namespace attune::nn {

Embedding::Embedding(std::int64_t rows, std::int64_t width,
                     std::optional<std::int64_t> padding_index)
    : weight(register_parameter("weight", at::zeros({rows, width}))),
      padding_index_(padding_index.value_or(-1)) {}

// -1 is how ATen says that no row is padding.
at::Tensor Embedding::forward(const at::Tensor& ids) const {
  return at::embedding(weight, ids, padding_index_);
}

}  // namespace attune::nn
