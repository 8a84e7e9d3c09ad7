#pragma once

#include <cstdint>

#include "attune/kernels/batch_norm.h"
#include "attune/nn/module.h"

namespace attune::nn {

/// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167) of [N, C, H, W] over N, H, W.
/// Parameters `weight`, `bias`; buffers `running_mean`, `running_var`, `num_batches_tracked`, named
/// as torch's. They start as the identity: 1, 0, 0, 1, 0.
class BatchNorm2d : public nn::Module {
 public:
  /// `momentum` is the part of the new statistics, as torch has it (TensorFlow: 1 - momentum).
  explicit BatchNorm2d(std::int64_t channels, double eps = 1e-5, double momentum = 0.1);

  /// rectifier(normalised x + residual), where the residual may be undefined. In training mode with
  /// the batch's statistics, which move the running ones (the unbiased variance), else with the
  /// running ones. Throws `user` where a training batch has a single value per channel.
  at::Tensor forward(const at::Tensor& x, Rectifier rectifier = Rectifier::none,
                     const at::Tensor& residual = {});

  /// What every pass begins with: counts the batch, and refuses one without statistics.
  void begin_batch(const at::Tensor& x);

  BatchNormSpec spec(Rectifier rectifier) const;

  at::Tensor weight, bias, running_mean, running_var, num_batches_tracked;

 private:
  double eps_, momentum_;
};

}  // namespace attune::nn
