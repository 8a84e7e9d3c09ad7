#include "attune/models/densenet/concat_norm_conv.h"

#include <array>
#include <utility>

#include <torch/csrc/autograd/custom_function.h>

namespace attune {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class ConcatNormConv : public torch::autograd::Function<ConcatNormConv> {
 public:
  static at::Tensor forward(AutogradContext* context, at::TensorList features,
                            const at::Tensor& scale, const at::Tensor& shift,
                            const at::Tensor& weight, const at::Tensor& mean, const at::Tensor& var,
                            bool training, double momentum, double eps) {
    variable_list saved = {scale, shift, weight};
    // In training mode the running statistics are not what normalises: they may move on.
    if (!training) saved.insert(saved.end(), {mean, var});
    saved.insert(saved.end(), features.begin(), features.end());
    context->save_for_backward(std::move(saved));
    context->saved_data["training"] = training;
    context->saved_data["eps"] = eps;
    const at::Tensor x = at::cat(features, 1);
    at::Tensor y =
        std::get<0>(at::native_batch_norm(x, scale, shift, mean, var, training, momentum, eps));
    return at::conv2d(y.relu_(), weight);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const bool training = context->saved_data["training"].toBool();
    const double eps = context->saved_data["eps"].toDouble();
    const std::size_t first = training ? 3 : 5;
    const at::Tensor &scale = saved[0], &shift = saved[1], &weight = saved[2];
    const at::Tensor mean = training ? at::Tensor() : saved[3];
    const at::Tensor var = training ? at::Tensor() : saved[4];
    const variable_list features(saved.begin() + static_cast<std::ptrdiff_t>(first), saved.end());

    const at::Tensor x = at::cat(features, 1);
    auto [y, batch_mean, batch_invstd] =
        at::native_batch_norm(x, scale, shift, mean, var, training, /*momentum=*/0.0, eps);
    y.relu_();
    const bool to_input = context->needs_input_grad(0) || features.size() > 1;
    const bool to_norm = to_input || context->needs_input_grad(features.size());
    const auto [grad_y, grad_weight, no_bias] = at::convolution_backward(
        gradients[0], y, weight, {}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1,
        {to_norm, context->needs_input_grad(features.size() + 2), false});
    variable_list result(features.size() + 8);
    result[features.size() + 2] = grad_weight;
    if (!to_norm) return result;
    const at::Tensor grad_n = at::threshold_backward(grad_y, y, 0);
    const auto [grad_x, grad_scale, grad_shift] = at::native_batch_norm_backward(
        grad_n, x, scale, mean, var, batch_mean, batch_invstd, training, eps,
        {to_input, context->needs_input_grad(features.size()),
         context->needs_input_grad(features.size() + 1)});
    result[features.size()] = grad_scale;
    result[features.size() + 1] = grad_shift;
    if (!to_input) return result;
    std::int64_t channel = 0;
    for (std::size_t i = 0; i < features.size(); channel += features[i++].size(1)) {
      result[i] = grad_x.narrow(1, channel, features[i].size(1));
    }
    return result;
  }
};

}  // namespace

at::Tensor concat_norm_conv(const std::vector<at::Tensor>& features, nn::BatchNorm2d& norm,
                            const at::Tensor& weight) {
  norm.begin_batch(features.front());
  return ConcatNormConv::apply(at::TensorList(features), norm.weight, norm.bias, weight,
                               norm.running_mean, norm.running_var, norm.is_training(),
                               norm.momentum(), norm.eps());
}

}  // namespace attune
