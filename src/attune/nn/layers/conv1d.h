#pragma once

#include <cstdint>

#include "attune/nn/module.h"

namespace attune::nn {

/// A convolution along the rows of x [T, in], without padding:
/// y[t] = bias + sum over k of weight[:, :, k] x[stride * t + k], rows (T - kernel) / stride + 1.
/// `weight` [out, in / groups, kernel]; `bias` [out] may be undefined. Returns [rows, out],
/// contiguous. Differentiable. Throws `internal` where x has fewer rows than the kernel.
at::Tensor convolve_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         std::int64_t stride = 1, std::int64_t groups = 1);

struct Conv1dShape {
  std::int64_t in = 1, out = 1;  ///< channels
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  bool bias = false;
};

/// `convolve_rows` with parameters `weight` [out, in, kernel] and, where the shape says so, `bias`
/// [out]. The values are not set here: they come from a checkpoint or from the family.
class Conv1d : public Module {
 public:
  explicit Conv1d(const Conv1dShape& shape);

  at::Tensor forward(const at::Tensor& x) const { return convolve_rows(x, weight, bias, stride_); }

  at::Tensor weight, bias;

 private:
  std::int64_t stride_;
};

}  // namespace attune::nn
