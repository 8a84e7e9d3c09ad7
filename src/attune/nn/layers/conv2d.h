#pragma once

#include <cstdint>

#include "attune/nn/module.h"

namespace attune::nn {

/// How a convolution treats the border. `half`: kernel / 2 zeros on every side. `none`: no zeros.
/// `tf_same`: TensorFlow's "SAME", ceil(size / stride) outputs, an odd number of zeros having the
/// greater part at the bottom and the right.
enum class ConvPadding { half, none, tf_same };

struct Conv2dShape {
  std::int64_t in = 1, out = 1;  ///< channels
  std::int64_t kernel = 1;       ///< side, odd
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  ConvPadding padding = ConvPadding::half;
  bool bias = false;
};

/// A two-dimensional convolution, parameter `weight` [out, in / groups, kernel, kernel] and, where
/// it has one, `bias` [out]. The values are not set here: they come from a checkpoint or from the
/// family.
class Conv2d : public nn::Module {
 public:
  explicit Conv2d(const Conv2dShape& shape);

  /// x [N, in, H, W] -> [N, out, H', W'], in x's memory layout; in bfloat16 under a Bf16Scope and
  /// for an x that is (sums are fp32), else in the weight's type.
  at::Tensor forward(const at::Tensor& x) const;

  at::Tensor weight;
  at::Tensor bias;  ///< undefined where there is none

 private:
  Conv2dShape shape_;
};

}  // namespace attune::nn
