#include "attune/kernels/batch_norm.h"

#include <cmath>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/rsqrt.h>
#include <torch/csrc/autograd/custom_function.h>

#include "attune/base/error.h"
#include "attune/base/system.h"
#include "attune/kernels/fused.h"

namespace attune {

at::Tensor batch_norm_reference(const at::Tensor& x, const at::Tensor& weight,
                                const at::Tensor& bias, const at::Tensor& running_mean,
                                const at::Tensor& running_var, const BatchNormSpec& spec,
                                const at::Tensor& residual) {
  at::Tensor y = at::batch_norm(x, weight, bias, running_mean, running_var, spec.training,
                                spec.momentum, spec.eps, /*cudnn_enabled=*/true);
  if (residual.defined()) y = y + residual;
  if (spec.rectifier == Rectifier::none) return y;
  return spec.rectifier == Rectifier::relu ? at::relu(y) : at::relu6(y);
}

namespace {

// A table of its own beside loops(): the rectifier and the type are compiled in, not asked for each
// element.
const BatchNormLoops::Typed& loops_for(const at::Tensor& x) {
  static const BatchNormLoops loops = [] {
    if (cpu_features().avx512) return avx512::batch_norm_loops();
    if (cpu_features().avx2) return avx2::batch_norm_loops();
    return baseline::batch_norm_loops();
  }();
  return x.scalar_type() == at::kBFloat16 ? loops.bf16 : loops.fp32;
}

const void* samples(const at::Tensor& x) {
  return x.defined() ? x.const_data_ptr() : nullptr;
}

struct Statistics {
  at::Tensor mean, rstd;  // float [C]
};

// The chunks' sums are put together in double, in their order (Chan et al. 1983, pairwise moments).
Statistics batch_statistics(const at::Tensor& x, const at::Tensor& running_mean,
                            const at::Tensor& running_var, const BatchNormSpec& spec) {
  const std::int64_t channels = x.size(1), rows = x.numel() / channels;
  const std::int64_t chunks = row_chunks(rows);
  const at::Tensor partial = at::empty({chunks, 3, channels}, at::kFloat);
  for_each_row_chunk(rows, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
    const BatchNormSums op = {.x = samples(x),
                              .partial = partial.mutable_data_ptr<float>() + chunk * 3 * channels,
                              .channels = channels};
    loops_for(x).sums(op, begin, end);
  });
  Statistics out = {at::empty({channels}, at::kFloat), at::empty({channels}, at::kFloat)};
  auto *mean = out.mean.mutable_data_ptr<float>(), *rstd = out.rstd.mutable_data_ptr<float>();
  auto *moving_mean = running_mean.mutable_data_ptr<float>(),
       *moving_var = running_var.mutable_data_ptr<float>();
  const auto* sums = partial.const_data_ptr<float>();
  for (std::int64_t c = 0; c < channels; ++c) {
    double count = 0, average = 0, squares = 0;  // of the chunks so far
    for (std::int64_t k = 0; k < chunks; ++k) {
      const float* of_chunk = sums + k * 3 * channels + c;
      // The borders of for_each_row_chunk.
      const auto n = static_cast<double>((k + 1) * rows / chunks - k * rows / chunks);
      // Chunks sum differences from their first row: with squares of the values themselves,
      // channels whose mean is large against their deviation would lose it to cancellation.
      const double offset = of_chunk[channels] / n, own = of_chunk[0] + offset;
      const double difference = own - average;
      squares += of_chunk[2 * channels] - n * offset * offset +
                 difference * difference * count * n / (count + n);
      count += n;
      average += difference * n / count;
    }
    const double variance = std::max(squares, 0.0) / count;
    mean[c] = static_cast<float>(average);
    rstd[c] = static_cast<float>(1.0 / std::sqrt(variance + spec.eps));
    const auto move = [&](float& running, double value) {
      running = static_cast<float>((1 - spec.momentum) * running + spec.momentum * value);
    };
    move(moving_mean[c], average);
    // torch normalises with the biased variance and keeps the unbiased one.
    move(moving_var[c], variance * count / std::max(count - 1, 1.0));
  }
  return out;
}

struct BatchNorm : public torch::autograd::Function<BatchNorm> {
  // The residual is last: an absent one has no place among autograd's inputs.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const std::optional<at::Tensor>& residual,
                            const at::Tensor& running_mean, const at::Tensor& running_var,
                            const BatchNormSpec& spec) {
    const std::int64_t channels = x.size(1), rows = x.numel() / channels;
    const Statistics statistics =
        spec.training
            ? batch_statistics(x, running_mean, running_var, spec)
            : Statistics{running_mean.detach().clone(), at::rsqrt(running_var + spec.eps)};
    // Normalisation and affine map as one multiplication and one addition per element.
    const at::Tensor scale = weight.detach() * statistics.rstd;
    const at::Tensor shift = bias.detach() - statistics.mean * scale;
    const at::Tensor added = residual.value_or(at::Tensor());
    at::Tensor y = at::empty_like(x);
    const BatchNormForward op = {.x = samples(x),
                                 .residual = samples(added),
                                 .scale = scale.const_data_ptr<float>(),
                                 .shift = shift.const_data_ptr<float>(),
                                 .y = y.mutable_data_ptr(),
                                 .channels = channels};
    const auto normalise = loops_for(x).normalise[static_cast<int>(spec.rectifier)];
    for_each_row_chunk(rows, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      normalise(op, begin, end);
    });
    // The rectifier's mask follows from x, scale and shift unless a residual was added: then y is
    // kept, which the next convolution holds anyway.
    const bool keeps_result = added.defined() && spec.rectifier != Rectifier::none;
    context->save_for_backward(
        {x, scale, shift, statistics.mean, statistics.rstd, keeps_result ? y : at::Tensor()});
    context->saved_data["training"] = spec.training;
    context->saved_data["rectifier"] = static_cast<std::int64_t>(spec.rectifier);
    context->saved_data["residual"] = added.defined();
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &scale = saved[1], &shift = saved[2], &mean = saved[3],
                     &rstd = saved[4];
    const std::int64_t channels = x.size(1), rows = x.numel() / channels;
    const at::Tensor dy =
        gradients[0].to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const bool to_residual =
        context->saved_data["residual"].toBool() && context->needs_input_grad(3);
    auto rectifier = static_cast<std::size_t>(context->saved_data["rectifier"].toInt());
    at::Tensor d_residual;
    // Without a rectifier the residual's gradient is what arrives: no copy.
    if (to_residual) d_residual = rectifier == 0 ? dy : at::empty_like(x);

    BatchNormBackward op = {.dy = samples(dy),
                            .x = samples(x),
                            .y = samples(saved[5]),
                            .scale = scale.const_data_ptr<float>(),
                            .shift = shift.const_data_ptr<float>(),
                            .mean = mean.const_data_ptr<float>(),
                            .channels = channels};
    if (to_residual && rectifier != 0) op.d_residual = d_residual.mutable_data_ptr();
    const at::Tensor partial = at::empty({row_chunks(rows), 2, channels}, at::kFloat);
    for_each_row_chunk(rows, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      BatchNormBackward part = op;
      part.partial = partial.mutable_data_ptr<float>() + chunk * 2 * channels;
      loops_for(x).backward_sums[rectifier](part, begin, end);
    });
    const at::Tensor sums = partial.sum(0);
    const at::Tensor d_bias = sums[0], d_weight = sums[1] * rstd;

    at::Tensor dx;
    if (context->needs_input_grad(0)) {
      const bool training = context->saved_data["training"].toBool();
      // Ioffe and Szegedy 2015, section 3: dx = scale * (g - mean(g) - x_hat * mean(g * x_hat)), g
      // being what arrives. Running statistics are constants: there the means fall away.
      const double share = training ? -1.0 / static_cast<double>(rows) : 0.0;
      const at::Tensor of_input = scale * rstd * d_weight * share;
      const at::Tensor constant = scale * d_bias * share;
      dx = at::empty_like(x);
      op.dx = dx.mutable_data_ptr();
      op.of_gradient = scale.const_data_ptr<float>();
      op.of_input = of_input.const_data_ptr<float>();
      op.constant = constant.const_data_ptr<float>();
      if (op.d_residual != nullptr) {  // what arrives is written there already
        op.dy = op.d_residual;
        op.y = nullptr;
        rectifier = 0;
      }
      for_each_row_chunk(rows, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
        loops_for(x).backward[rectifier](op, begin, end);
      });
    }
    return {dx, d_weight, d_bias, d_residual, {}, {}, {}};
  }
};

}  // namespace

at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      const at::Tensor& running_mean, const at::Tensor& running_var,
                      const BatchNormSpec& spec, const at::Tensor& residual) {
  const bool fits = can_fuse({weight, bias, running_mean, running_var}) && x.is_cpu() &&
                    (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  if (!fits || x.numel() == 0) {
    return batch_norm_reference(x, weight, bias, running_mean, running_var, spec, residual);
  }
  check(x.dim() == 4 && (!residual.defined() || residual.sizes() == x.sizes()), ErrorKind::internal,
        "batch_norm: {} dimensions, or a residual of another shape", x.dim());
  for (const at::Tensor& vector : {weight, bias, running_mean, running_var}) {
    check(vector.dim() == 1 && vector.size(0) == x.size(1) && vector.is_contiguous(),
          ErrorKind::internal, "batch_norm: parameters do not fit {} channels", x.size(1));
  }
  const auto packed = [&](const at::Tensor& t) {
    return t.to(x.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  };
  return BatchNorm::apply(packed(x), weight, bias,
                          residual.defined() ? std::optional(packed(residual)) : std::nullopt,
                          running_mean, running_var, spec);
}

}  // namespace attune
