#include "attune/kernels/activation.h"

#include <array>
#include <utility>

#include "attune/base/error.h"

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

at::Tensor bias_activation(const at::Tensor& x, const at::Tensor& bias, Activation activation) {
  return bias_activation_reference(x, bias, activation);
}

}  // namespace attune
