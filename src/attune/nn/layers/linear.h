#pragma once

#include <cstdint>

#include "attune/nn/module.h"

namespace attune::nn {

/// y = x W^T + b with parameters `weight` [out, in] and `bias` [out]. The values are not set here:
/// they come from a checkpoint or from the family's initialisation.
class Linear : public nn::Module {
 public:
  Linear(std::int64_t in_features, std::int64_t out_features);

  /// x [..., in] -> [..., out].
  at::Tensor forward(const at::Tensor& x) const;
  /// x W^T without the bias, for blocks that add it in a fused kernel.
  at::Tensor product(const at::Tensor& x) const;

  at::Tensor weight, bias;
};

}  // namespace attune::nn
