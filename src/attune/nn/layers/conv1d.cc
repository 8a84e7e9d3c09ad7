#include "attune/nn/layers/conv1d.h"

#include <array>

#include <ATen/ops/addmm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"
#include "attune/kernels/row_convolution.h"

namespace attune::nn {

namespace {

constexpr std::array<std::int64_t, 2> kNoPadding = {0, 0};

at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return bias.defined() ? at::addmm(bias, x, weight) : at::mm(x, weight);
}

// The windows of a single channel as rows of a matrix.
at::Tensor convolve_channel(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            std::int64_t stride) {
  const at::Tensor windows = x.squeeze(1).unfold(0, weight.size(2), stride);
  return product(windows, weight.squeeze(1).t(), bias);
}

at::Tensor convolve_groups(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           std::int64_t stride, std::int64_t groups) {
  // Rows of channels are a picture of one row in channels_last layout: nothing is moved on the way
  // in, and nothing on the way out where the convolution keeps that layout.
  const at::Tensor picture = x.t().unsqueeze(0).unsqueeze(2);
  const std::array<std::int64_t, 2> strides = {1, stride};
  const at::Tensor y = at::conv2d(picture, weight.unsqueeze(2), bias, at::IntArrayRef(strides),
                                  at::IntArrayRef(kNoPadding), /*dilation=*/1, groups);
  return y.squeeze(2).squeeze(0).t().contiguous();
}

}  // namespace

at::Tensor convolve_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         std::int64_t stride, std::int64_t groups) {
  check(x.dim() == 2 && x.size(0) >= weight.size(2) && x.size(1) == weight.size(1) * groups,
        ErrorKind::internal, "rows [{}] are convolved with a kernel [{}] in {} groups",
        fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", "), groups);
  if (groups > 1) return convolve_groups(x, weight, bias, stride, groups);
  if (x.size(1) == 1) return convolve_channel(x, weight, bias, stride);
  return row_convolution(x, weight, bias, stride);
}

Conv1d::Conv1d(const Conv1dShape& s)
    : weight(register_parameter("weight", at::zeros({s.out, s.in, s.kernel}))), stride_(s.stride) {
  if (s.bias) bias = register_parameter("bias", at::zeros({s.out}));
}

}  // namespace attune::nn
