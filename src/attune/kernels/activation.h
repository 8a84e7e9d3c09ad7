#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

namespace attune {

/// Element-wise functions between two linear maps. `gelu` is the exact one (erf), `gelu_tanh` its
/// tanh approximation (Hendrycks and Gimpel 2016).
enum class Activation { gelu, gelu_tanh, relu, silu, tanh };

/// From a name of Hugging Face's table (`ACT2FN`): gelu, gelu_python, gelu_new, gelu_fast,
/// gelu_pytorch_tanh, relu, silu, swish, tanh. Nothing for another name.
std::optional<Activation> activation_from_name(std::string_view name);
std::vector<std::string> activation_names();

/// f(x + bias); `bias` [x.size(-1)] may be undefined. Differentiable.
at::Tensor bias_activation(const at::Tensor& x, const at::Tensor& bias, Activation activation);
at::Tensor bias_activation_reference(const at::Tensor& x, const at::Tensor& bias,
                                     Activation activation);

}  // namespace attune
