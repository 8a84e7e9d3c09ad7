#include "attune/nn/layers/conv2d.h"

#include <algorithm>
#include <optional>

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>

#include "attune/base/error.h"
#include "attune/kernels/linear.h"
#include "attune/nn/stop.h"

namespace attune::nn {

namespace {

// https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
std::int64_t same_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t rest = size % stride;
  return std::max<std::int64_t>(kernel - (rest == 0 ? stride : rest), 0);
}

}  // namespace

Conv2d::Conv2d(const Conv2dShape& s)
    : weight(register_parameter(
          "weight", at::empty({s.out, s.in / s.groups, s.kernel, s.kernel}, at::kFloat))),
      bias(s.bias ? register_parameter("bias", at::empty({s.out}, at::kFloat)) : at::Tensor()),
      shape_(s) {
  check(s.in % s.groups == 0 && s.out % s.groups == 0 && s.kernel % 2 == 1, ErrorKind::internal,
        "a convolution of {} to {} channels in {} groups with kernel {}", s.in, s.out, s.groups,
        s.kernel);
}

at::Tensor Conv2d::forward(const at::Tensor& x) const {
  check_stop_unless_training();
  const auto convolve = [this](const at::Tensor& input, at::IntArrayRef padding) {
    // The casts are part of autograd: the weight stays fp32, and so does its gradient.
    const at::ScalarType type = product_type(input, weight);
    return at::conv2d(input.to(type), weight.to(type),
                      bias.defined() ? std::optional(bias.to(type)) : std::nullopt, shape_.stride,
                      padding, 1, shape_.groups);
  };
  if (shape_.padding == ConvPadding::none) return convolve(x, 0);
  if (shape_.padding == ConvPadding::half) return convolve(x, shape_.kernel / 2);
  const std::int64_t rows = same_padding(x.size(2), shape_.kernel, shape_.stride);
  const std::int64_t columns = same_padding(x.size(3), shape_.kernel, shape_.stride);
  // ATen pads both sides alike; only an odd number of zeros (stride 2 on even sizes) needs a padded
  // copy of the input.
  if (rows % 2 == 0 && columns % 2 == 0) return convolve(x, {rows / 2, columns / 2});
  return convolve(
      at::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2}), 0);
}

}  // namespace attune::nn
