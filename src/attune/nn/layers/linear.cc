#include "attune/nn/layers/linear.h"

#include <ATen/ops/zeros.h>

#include "attune/kernels/linear.h"
#include "attune/nn/stop.h"

namespace attune::nn {

Linear::Linear(std::int64_t in_features, std::int64_t out_features)
    : weight(register_parameter("weight", at::zeros({out_features, in_features}))),
      bias(register_parameter("bias", at::zeros({out_features}))) {}

at::Tensor Linear::forward(const at::Tensor& x) const {
  check_stop_unless_training();
  return linear_map(x, weight, bias);
}

at::Tensor Linear::product(const at::Tensor& x) const {
  return linear_map(x, weight);
}

}  // namespace attune::nn
