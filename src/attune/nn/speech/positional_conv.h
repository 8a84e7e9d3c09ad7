#pragma once

#include <cstdint>

#include "attune/kernels/activation.h"
#include "attune/nn/module.h"
#include "attune/nn/packed.h"

namespace attune::nn {

struct PositionalConvOptions {
  std::int64_t width = 0;   ///< of a frame
  std::int64_t kernel = 1;  ///< frames
  std::int64_t groups = 1;
  Activation activation = Activation::gelu;
};

/// Relative positions by a wide grouped convolution over each sequence (Mohamed et al. 2019, arXiv
/// 1904.11660; wav2vec 2.0): frame t sees the frames t - kernel / 2 .. t + (kernel - 1) / 2, zeros
/// beyond both ends. Its weight is normalised (Salimans and Kingma 2016, arXiv 1602.07868) for each
/// tap: w[:, :, k] = g[k] v[:, :, k] / |v[:, :, k]|. Parameters under torch's old names, which all
/// checkpoints before 2023 have: `conv.weight_g` [1, 1, kernel], `conv.weight_v` [width, width /
/// groups, kernel], `conv.bias` [width].
class PositionalConv : public Module {
 public:
  explicit PositionalConv(const PositionalConvOptions& options);

  /// What is added to x [T, width] for its positions, [T, width].
  at::Tensor forward(const at::Tensor& x, const Segments& segments) const;

 private:
  PositionalConvOptions options_;
  at::Tensor weight_g_, weight_v_, bias_;
};

}  // namespace attune::nn
