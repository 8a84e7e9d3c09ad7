#include "attune/kernels/activation.h"

#include <array>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>
#include <torch/csrc/autograd/custom_function.h>

#include "attune/base/error.h"
#include "attune/kernels/fused.h"

namespace attune {

namespace {

// huggingface/transformers v5.23.0: src/transformers/activations.py, ACT2CLS.
constexpr std::array<std::pair<std::string_view, Activation>, 9> kNames = {{
    {"gelu", Activation::gelu},
    {"gelu_python", Activation::gelu},
    {"gelu_new", Activation::gelu_tanh},
    {"gelu_fast", Activation::gelu_tanh},
    {"gelu_pytorch_tanh", Activation::gelu_tanh},
    {"relu", Activation::relu},
    {"silu", Activation::silu},
    {"swish", Activation::silu},
    {"tanh", Activation::tanh},
}};

}  // namespace

std::optional<Activation> activation_from_name(std::string_view name) {
  for (const auto& [known, activation] : kNames) {
    if (known == name) return activation;
  }
  return {};
}

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& entry : kNames) names.emplace_back(entry.first);
  return names;
}

at::Tensor bias_activation_reference(const at::Tensor& x, const at::Tensor& bias,
                                     Activation activation) {
  const at::Tensor z = bias.defined() ? x + bias : x;
  switch (activation) {
    case Activation::gelu:
      return at::gelu(z);
    case Activation::gelu_tanh:
      return at::gelu(z, "tanh");
    case Activation::relu:
      return at::relu(z);
    case Activation::silu:
      return at::silu(z);
    case Activation::tanh:
      return at::tanh(z);
  }
  fail(ErrorKind::internal, "unknown activation {}", static_cast<int>(activation));
}

namespace {

// The bias of the linear map before it is added here, which saves a pass over memory.
at::Tensor gelu_forward(const at::Tensor& x, const at::Tensor& bias, bool tanh) {
  const std::int64_t width = x.size(-1), rows = x.numel() / width;
  at::Tensor y = at::empty_like(x);
  for_each_row_chunk(rows, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    loops().gelu(data_or_null(x) + begin * width, data_or_null(bias),
                 y.mutable_data_ptr<float>() + begin * width, end - begin, width, tanh);
  });
  return y;
}

// Keeps its input alone; the inner value x + bias is computed again.
struct BiasGelu : public torch::autograd::Function<BiasGelu> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const std::optional<at::Tensor>& added, bool tanh) {
    const at::Tensor bias = added.value_or(at::Tensor());
    context->save_for_backward({x, bias});
    context->saved_data["tanh"] = tanh;
    return gelu_forward(x, bias, tanh);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &bias = saved[1], dy = gradients[0].contiguous();
    const bool tanh = context->saved_data["tanh"].toBool();
    const std::int64_t width = x.size(-1), rows = x.numel() / width;
    at::Tensor dx = at::empty_like(x);
    // The bias's gradient is a sum over rows: one partial sum per chunk, added in their order.
    at::Tensor partial = at::empty({row_chunks(rows), width}, x.options());
    for_each_row_chunk(rows, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      loops().gelu_backward(data_or_null(dy) + begin * width, data_or_null(x) + begin * width,
                            data_or_null(bias), dx.mutable_data_ptr<float>() + begin * width,
                            partial.mutable_data_ptr<float>() + chunk * width, end - begin, width,
                            tanh);
    });
    return {dx, bias.defined() ? partial.sum(0) : at::Tensor(), {}};
  }
};

}  // namespace

at::Tensor bias_activation(const at::Tensor& x, const at::Tensor& bias, Activation activation) {
  // Only GELU has a loop of its own; an empty tensor would make rows of no width.
  const bool gelu = activation == Activation::gelu || activation == Activation::gelu_tanh;
  if (!gelu || !can_fuse({x, bias}) || x.numel() == 0) {
    return bias_activation_reference(x, bias, activation);
  }
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == x.size(-1)), ErrorKind::internal,
        "bias_activation: a bias of {} values for rows of {}", bias.defined() ? bias.numel() : 0,
        x.size(-1));
  const bool tanh = activation == Activation::gelu_tanh;
  const at::Tensor rows = x.contiguous(), b = bias.defined() ? bias.contiguous() : bias;
  return any_requires_grad({x, bias}) ? BiasGelu::apply(rows, optional_tensor(b), tanh)
                                      : gelu_forward(rows, b, tanh);
}

}  // namespace attune
