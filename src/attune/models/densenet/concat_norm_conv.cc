#include "attune/models/densenet/concat_norm_conv.h"

#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "attune/kernels/batch_norm.h"
#include "attune/kernels/linear.h"

namespace attune {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct NormConv {
  at::Tensor scale, shift, weight, mean, var;
  BatchNormSpec spec;
  at::ScalarType type;  // of the convolution

  at::Tensor operator()(const variable_list& features) const {
    const at::Tensor y = batch_norm(at::cat(features, 1), scale, shift, mean, var, spec);
    return at::conv2d(y.to(type), weight.to(type));
  }
};

class ConcatNormConv : public torch::autograd::Function<ConcatNormConv> {
 public:
  static at::Tensor forward(AutogradContext* context, at::TensorList features,
                            const at::Tensor& scale, const at::Tensor& shift,
                            const at::Tensor& weight, const at::Tensor& mean, const at::Tensor& var,
                            const BatchNormSpec& spec) {
    variable_list saved = {scale, shift, weight};
    // In training mode the running statistics are not what normalises: they may move on.
    if (!spec.training) saved.insert(saved.end(), {mean, var});
    saved.insert(saved.end(), features.begin(), features.end());
    context->save_for_backward(std::move(saved));
    const NormConv compute = {
        scale, shift, weight, mean, var, spec, product_type(features.front(), weight)};
    context->saved_data["training"] = spec.training;
    context->saved_data["eps"] = spec.eps;
    // The backward pass runs outside the Bf16Scope, and must convolve in the same type to get the
    // same bits.
    context->saved_data["type"] = static_cast<std::int64_t>(compute.type);
    return compute(features.vec());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const bool training = context->saved_data["training"].toBool();
    const std::size_t first = training ? 3 : 5, count = saved.size() - first;
    // What is computed again: the features, then scale, shift and weight, each a leaf of its own.
    variable_list leaves(saved.begin() + static_cast<std::ptrdiff_t>(first), saved.end());
    leaves.insert(leaves.end(), saved.begin(), saved.begin() + 3);
    variable_list wanted;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      leaves[i] = leaves[i].detach().requires_grad_(context->needs_input_grad(i));
      if (leaves[i].requires_grad()) wanted.push_back(leaves[i]);
    }
    // Stand-ins with momentum 0: a batch that is normalised twice counts once in the statistics.
    const at::Tensor mean = training ? at::zeros_like(saved[0]) : saved[3];
    const at::Tensor var = training ? at::ones_like(saved[0]) : saved[4];
    const NormConv compute = {leaves[count],
                              leaves[count + 1],
                              leaves[count + 2],
                              mean,
                              var,
                              {.training = training,
                               .momentum = 0,
                               .eps = context->saved_data["eps"].toDouble(),
                               .rectifier = Rectifier::relu},
                              static_cast<at::ScalarType>(context->saved_data["type"].toInt())};
    const at::AutoGradMode grad(true);
    const at::Tensor out =
        compute({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(count)});
    variable_list found = torch::autograd::grad({out}, wanted, gradients);
    variable_list result(leaves.size() + 3);
    for (std::size_t i = 0, next = 0; i < leaves.size(); ++i) {
      if (leaves[i].requires_grad()) result[i] = std::move(found[next++]);
    }
    return result;
  }
};

}  // namespace

at::Tensor concat_norm_conv(const std::vector<at::Tensor>& features, nn::BatchNorm2d& norm,
                            const at::Tensor& weight) {
  norm.begin_batch(features.front());
  return ConcatNormConv::apply(at::TensorList(features), norm.weight, norm.bias, weight,
                               norm.running_mean, norm.running_var, norm.spec(Rectifier::relu));
}

}  // namespace attune
