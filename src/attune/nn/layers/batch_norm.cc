#include "attune/nn/layers/batch_norm.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "attune/base/error.h"

namespace attune::nn {

BatchNorm2d::BatchNorm2d(std::int64_t channels, double eps, double momentum)
    : weight(register_parameter("weight", at::ones(channels))),
      bias(register_parameter("bias", at::zeros(channels))),
      running_mean(register_buffer("running_mean", at::zeros(channels))),
      running_var(register_buffer("running_var", at::ones(channels))),
      num_batches_tracked(register_buffer("num_batches_tracked", at::zeros({}, at::kLong))),
      eps_(eps),
      momentum_(momentum) {}

void BatchNorm2d::begin_batch(const at::Tensor& x) {
  if (!is_training()) return;
  // torch refuses such a batch too: its variance is 0 and its output the bias alone. A last batch
  // of one small picture is how people meet it.
  check(x.numel() > x.size(1), ErrorKind::user,
        "batch normalisation of a single {} by {} map has no statistics: train with a batch of at "
        "least 2 pictures (--dataloader-drop-last leaves out a last one of one picture), or larger "
        "ones",
        x.size(2), x.size(3));
  num_batches_tracked.add_(1);
}

at::Tensor BatchNorm2d::forward(const at::Tensor& x, Rectifier rectifier,
                                const at::Tensor& residual) {
  begin_batch(x);
  return batch_norm(x, weight, bias, running_mean, running_var, spec(rectifier), residual);
}

BatchNormSpec BatchNorm2d::spec(Rectifier rectifier) const {
  return {.training = is_training(), .momentum = momentum_, .eps = eps_, .rectifier = rectifier};
}

}  // namespace attune::nn
