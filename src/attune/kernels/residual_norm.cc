#include "attune/kernels/residual_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <torch/csrc/autograd/custom_function.h>

#include "attune/base/error.h"
#include "attune/kernels/fused.h"

namespace attune {

at::Tensor residual_norm_reference(const at::Tensor& x, const at::Tensor& bias,
                                   const at::Tensor& residual, const at::Tensor& weight,
                                   const at::Tensor& shift, double eps, const KeyedDropout& spec) {
  at::Tensor z = dropout(bias.defined() ? x + bias : x, spec);
  if (residual.defined()) z = z + residual;
  return at::layer_norm(z, {z.size(-1)}, weight.to(z.scalar_type()), shift.to(z.scalar_type()),
                        eps);
}

namespace {

// What the backward pass needs of a forward one; undefined where it is not wanted.
struct Normed {
  at::Tensor y, z, mean, rstd;
};

Normed norm_forward(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual,
                    const at::Tensor& weight, const at::Tensor& shift, double eps,
                    const KeyedDropout& spec, bool keep) {
  const std::int64_t width = x.size(-1), rows = x.numel() / width;
  Normed out = {.y = at::empty_like(x)};
  // Evaluation keeps nothing: three tensors less are written.
  if (keep) {
    out.z = at::empty_like(x);
    out.mean = at::empty({rows}, x.options());
    out.rstd = at::empty({rows}, x.options());
  }
  const auto target = [](const at::Tensor& t) {
    return t.defined() ? t.mutable_data_ptr<float>() : nullptr;
  };
  const NormForward op = {.x = data_or_null(x),
                          .bias = data_or_null(bias),
                          .residual = data_or_null(residual),
                          .weight = data_or_null(weight),
                          .shift = data_or_null(shift),
                          .z = target(out.z),
                          .y = target(out.y),
                          .mean = target(out.mean),
                          .rstd = target(out.rstd),
                          .width = width,
                          .eps = static_cast<float>(eps),
                          .mask = mask_spec(spec)};
  for_each_row_chunk(rows, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    loops().norm(op, begin, end);
  });
  return out;
}

// Keeps what was normalised, its means and its deviations; the mask is drawn again.
struct ResidualNorm : public torch::autograd::Function<ResidualNorm> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const std::optional<at::Tensor>& added,
                            const std::optional<at::Tensor>& skipped, const at::Tensor& weight,
                            const at::Tensor& shift, double eps, double p, std::int64_t key) {
    const at::Tensor bias = added.value_or(at::Tensor()), residual = skipped.value_or(at::Tensor());
    const KeyedDropout spec = {.p = p, .key = static_cast<std::uint64_t>(key)};
    const Normed out = norm_forward(x, bias, residual, weight, shift, eps, spec, true);
    context->save_for_backward({out.z, weight, out.mean, out.rstd});
    context->saved_data["p"] = p;
    // The mask is a function of its key: no tensor of activations' size is kept for it.
    context->saved_data["key"] = key;
    context->saved_data["bias"] = bias.defined();
    context->saved_data["residual"] = residual.defined();
    return out.y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor dy = gradients[0].contiguous();
    const std::int64_t width = dy.size(-1), rows = dy.numel() / width;
    const KeyedDropout spec = {
        .p = context->saved_data["p"].toDouble(),
        .key = static_cast<std::uint64_t>(context->saved_data["key"].toInt())};
    // Without dropout the gradients of x and of the residual are one and the same.
    at::Tensor dz = at::empty_like(dy), dx = spec.active() ? at::empty_like(dy) : dz;
    // Sums over rows for weight, shift and bias, one of each per chunk: the same bits for any
    // number of threads.
    at::Tensor partial = at::empty({row_chunks(rows), 3, width}, dy.options());
    NormBackward op = {.dy = data_or_null(dy),
                       .z = data_or_null(saved[0]),
                       .weight = data_or_null(saved[1]),
                       .mean = data_or_null(saved[2]),
                       .rstd = data_or_null(saved[3]),
                       .dz = dz.mutable_data_ptr<float>(),
                       .dx = dx.mutable_data_ptr<float>(),
                       .partial = nullptr,
                       .width = width,
                       .mask = mask_spec(spec)};
    for_each_row_chunk(rows, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      NormBackward part = op;
      part.partial = partial.mutable_data_ptr<float>() + chunk * 3 * width;
      loops().norm_backward(part, begin, end);
    });
    const at::Tensor sums = partial.sum(0);
    const bool bias = context->saved_data["bias"].toBool();
    const bool residual = context->saved_data["residual"].toBool();
    return {
        dx, bias ? sums[2] : at::Tensor(), residual ? dz : at::Tensor(), sums[0], sums[1], {}, {},
        {}};
  }
};

}  // namespace

at::Tensor residual_norm(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& residual,
                         const at::Tensor& weight, const at::Tensor& shift, double eps,
                         const KeyedDropout& spec) {
  if (!can_fuse({x, bias, residual, weight, shift}) || x.numel() == 0) {
    return residual_norm_reference(x, bias, residual, weight, shift, eps, spec);
  }
  const auto is_row = [&](const at::Tensor& t) { return t.dim() == 1 && t.size(0) == x.size(-1); };
  check(is_row(weight) && is_row(shift) && (!bias.defined() || is_row(bias)) &&
            (!residual.defined() || residual.sizes() == x.sizes()),
        ErrorKind::internal, "residual_norm: shapes do not fit rows of {}", x.size(-1));
  const auto packed = [](const at::Tensor& t) { return t.defined() ? t.contiguous() : t; };
  if (any_requires_grad({x, bias, residual, weight, shift})) {
    return ResidualNorm::apply(packed(x), optional_tensor(packed(bias)),
                               optional_tensor(packed(residual)), packed(weight), packed(shift),
                               eps, spec.p, static_cast<std::int64_t>(spec.key));
  }
  return norm_forward(packed(x), packed(bias), packed(residual), packed(weight), packed(shift), eps,
                      spec, /*keep=*/false)
      .y;
}

}  // namespace attune
