#pragma once

#include <vector>

#include "attune/nn/layers/batch_norm.h"

namespace attune {

/// conv(relu(norm(cat(features)))) with a 1x1 convolution `weight`, keeping only `features` for the
/// backward pass: there the concatenation and what is made from it are computed again, to the same
/// bits. Kept, they take memory that grows with the square of a block's depth (Pleiss et al. 2017,
/// arXiv 1707.06990).
at::Tensor concat_norm_conv(const std::vector<at::Tensor>& features, nn::BatchNorm2d& norm,
                            const at::Tensor& weight);

}  // namespace attune
