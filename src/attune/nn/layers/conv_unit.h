#pragma once

#include <memory>

#include "attune/nn/layers/batch_norm.h"
#include "attune/nn/layers/conv2d.h"
#include "attune/nn/module.h"

namespace attune::nn {

/// What follows a convolution, value by value. `leaky`: 0.1 x below 0 (Redmon et al. 2016, arXiv
/// 1506.02640, eq. 2). `silu`: x sigmoid(x). `mish`: x tanh(log(1 + exp x)) (Misra 2019, arXiv
/// 1908.08681).
enum class PixelActivation { none, relu, leaky, silu, mish, sigmoid };

at::Tensor activate(const at::Tensor& x, PixelActivation activation);

struct ConvUnitShape {
  Conv2dShape conv;
  bool normalized = true;
  double eps = 1e-5, momentum = 0.1;  ///< of the normalisation
  PixelActivation activation = PixelActivation::silu;
};

/// activation(BatchNorm(convolution(x))): what detectors are made of. Parts `conv` and, where it is
/// normalised, `bn`.
class ConvUnit : public nn::Module {
 public:
  explicit ConvUnit(const ConvUnitShape& shape);

  /// [N, in, H, W] -> [N, out, H', W'], in x's memory layout.
  at::Tensor forward(const at::Tensor& x);
  /// Before the activation.
  at::Tensor linear(const at::Tensor& x);

 private:
  PixelActivation activation_;
  std::shared_ptr<Conv2d> conv_;
  std::shared_ptr<BatchNorm2d> bn_;
};

}  // namespace attune::nn
