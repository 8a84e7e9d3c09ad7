#include "attune/kernels/linear.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <ATen/ops/_unsafe_view.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <torch/csrc/autograd/custom_function.h>

#include "attune/kernels/bf16_product.h"
#include "attune/kernels/fused.h"

namespace attune {

namespace {

// Below this a product is too short to pay for the rounding of its factors.
constexpr std::int64_t kSmallestSide = 32;

// The last matrix rounded in this scope: query, key and value share their input.
struct Rounded {
  at::Tensor source, values;
  std::int64_t version = 0;
};

thread_local bool bf16_enabled = false;
thread_local Rounded last_rounded;

// By identity and version: a tensor changed in place is rounded anew.
at::Tensor round_rows(const at::Tensor& x) {
  if (!last_rounded.source.is_same(x) || last_rounded.version != x._version()) {
    last_rounded = {x, x.detach().to(at::kBFloat16).reshape({-1, x.size(-1)}), x._version()};
  }
  return last_rounded.values;
}

at::Tensor product_of(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor c = at::empty({a.size(0), b.size(1)}, at::kFloat);
  bf16_product(a, b, c, /*accumulate=*/false);
  return c;
}

// Keeps both factors rounded, in half the memory of fp32.
struct Bf16Linear : public torch::autograd::Function<Bf16Linear> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
    const at::Tensor rows = round_rows(x), w = weight.to(at::kBFloat16).contiguous();
    // The product is added to the bias in place: no pass of its own.
    at::Tensor y = bias ? bias->detach().expand({rows.size(0), w.size(0)}).contiguous()
                        : at::empty({rows.size(0), w.size(0)}, at::kFloat);
    bf16_product(rows, w.t(), y, bias.has_value());
    context->save_for_backward({rows, w});
    context->saved_data["bias"] = bias.has_value();
    std::vector<std::int64_t> sizes = x.sizes().vec();
    sizes.back() = w.size(0);
    return at::_unsafe_view(y, sizes);  // a view that autograd need not follow
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &rows = saved[0], &w = saved[1];
    const at::Tensor dy = gradients[0].reshape({-1, w.size(0)});
    const at::Tensor rounded = dy.to(at::kBFloat16).contiguous();
    at::Tensor dx, dw, db;
    if (context->needs_input_grad(0)) {
      std::vector<std::int64_t> sizes = gradients[0].sizes().vec();
      sizes.back() = w.size(1);
      dx = product_of(rounded, w).view(sizes);
    }
    if (context->needs_input_grad(1)) dw = product_of(rounded.t(), rows);
    // Of the gradient as it came, not of the rounded one: nothing is multiplied here.
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) db = dy.sum(0);
    return {dx, dw, db};
  }
};

bool takes_bf16(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const auto is_float = [](const at::Tensor& t) {
    return !t.defined() || (t.is_cpu() && t.scalar_type() == at::kFloat);
  };
  return bf16_enabled && is_float(x) && is_float(weight) && is_float(bias) && !x.is_inference() &&
         x.dim() >= 2 && x.size(-1) == weight.size(1) &&
         std::min({x.numel() / std::max<std::int64_t>(x.size(-1), 1), weight.size(0),
                   weight.size(1)}) >= kSmallestSide;
}

}  // namespace

Bf16Scope::Bf16Scope(bool enabled) : before_(bf16_enabled) {
  // A scope that is off inside one that is on changes nothing.
  bf16_enabled = bf16_enabled || enabled;
}

Bf16Scope::~Bf16Scope() {
  bf16_enabled = before_;
  // It would keep the last activation of a step alive.
  last_rounded = {};
}

bool multiplies_in_bf16() {
  return bf16_enabled;
}

at::ScalarType product_type(const at::Tensor& x, const at::Tensor& weight) {
  const at::ScalarType own = weight.scalar_type();
  if (!x.is_cpu() || own != at::kFloat) return own;
  // What a convolution under a scope gave is bfloat16, and stays so through those behind it.
  return bf16_enabled || x.scalar_type() == at::kBFloat16 ? at::kBFloat16 : own;
}

at::Tensor linear_map(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (!takes_bf16(x, weight, bias)) return at::linear(x, weight, optional_tensor(bias));
  return Bf16Linear::apply(x.contiguous(), weight, optional_tensor(bias));
}

}  // namespace attune
