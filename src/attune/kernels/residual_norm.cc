#include "attune/kernels/residual_norm.h"

namespace attune {

at::Tensor residual_norm_reference(const at::Tensor& x, const at::Tensor& bias,
                                   const at::Tensor& residual, const at::Tensor& weight,
                                   const at::Tensor& shift, double eps, const KeyedDropout& spec) {
  at::Tensor z = dropout(bias.defined() ? x + bias : x, spec);
  if (residual.defined()) z = z + residual;
  return at::layer_norm(z, {z.size(-1)}, weight.to(z.scalar_type()), shift.to(z.scalar_type()),
                        eps);
}

at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual,
                         const at::Tensor& weight, const at::Tensor& shift, double eps,
                         const KeyedDropout& spec) {
  return residual_norm_reference(x, bias, residual, weight, shift, eps, spec);
}

}  // namespace attune
