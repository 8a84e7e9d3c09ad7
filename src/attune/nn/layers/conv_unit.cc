#include "attune/nn/layers/conv_unit.h"

#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>

namespace attune::nn {

at::Tensor activate(const at::Tensor& x, PixelActivation activation) {
  switch (activation) {
    case PixelActivation::relu:
      return at::relu(x);
    case PixelActivation::leaky:
      return at::leaky_relu(x, 0.1);
    case PixelActivation::silu:
      return at::silu(x);
    case PixelActivation::mish:
      return at::mish(x);
    case PixelActivation::sigmoid:
      return at::sigmoid(x);
    default:
      return x;
  }
}

ConvUnit::ConvUnit(const ConvUnitShape& shape)
    : activation_(shape.activation),
      conv_(register_module("conv", std::make_shared<Conv2d>(shape.conv))) {
  if (!shape.normalized) return;
  bn_ = register_module("bn",
                        std::make_shared<BatchNorm2d>(shape.conv.out, shape.eps, shape.momentum));
}

at::Tensor ConvUnit::linear(const at::Tensor& x) {
  const at::Tensor y = conv_->forward(x);
  return bn_ ? bn_->forward(y) : y;
}

at::Tensor ConvUnit::forward(const at::Tensor& x) {
  // A maximum with 0 is done by the normalisation's own kernel.
  if (bn_ && activation_ == PixelActivation::relu) {
    return bn_->forward(conv_->forward(x), Rectifier::relu);
  }
  return activate(linear(x), activation_);
}

}  // namespace attune::nn
