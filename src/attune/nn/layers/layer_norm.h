#pragma once

#include <cstdint>

#include "attune/kernels/residual_norm.h"
#include "attune/nn/module.h"

namespace attune::nn {

/// Layer normalisation over the last dimension (Ba et al. 2016), `weight` and `bias` [width].
class LayerNorm : public nn::Module {
 public:
  LayerNorm(std::int64_t width, double eps);

  at::Tensor forward(const at::Tensor& x) const;
  /// LayerNorm(dropout(x + added_bias) + residual), see kernels/residual_norm.h.
  at::Tensor add_and_norm(const at::Tensor& x, const at::Tensor& added_bias,
                          const at::Tensor& residual, const KeyedDropout& dropout) const;

  double eps() const { return eps_; }

  at::Tensor weight, bias;

 private:
  double eps_;
};

}  // namespace attune::nn
