#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "attune/base/json.h"
#include "attune/nn/module.h"

namespace attune {

/// After a backward pass: every parameter's gradient is that of a golden, which `golden` gives for
/// "grad.NAME", within `bound` of the parameter's scale.
template <typename Golden>
void expect_gradients(const nn::Module& model, const Golden& golden, double bound) {
  // The gradient of the key's bias is zero but for rounding: it is measured by the others' scale.
  double largest = 0;
  for (const auto& item : model.named_parameters()) {
    largest = std::max(largest, golden("grad." + item.name).abs().max().template item<double>());
  }
  double worst = 0;
  std::string worst_name;
  for (const auto& item : model.named_parameters()) {
    ASSERT_TRUE(item.tensor.grad().defined()) << item.name;
    const at::Tensor want = golden("grad." + item.name);
    const double scale = std::max(want.abs().max().item<double>(), 1e-2 * largest);
    const double relative = (item.tensor.grad() - want).abs().max().item<double>() / scale;
    EXPECT_LT(relative, bound) << item.name;
    if (relative > worst) worst = relative, worst_name = item.name;
  }
  testing::Test::RecordProperty("largest_deviation", std::to_string(worst));
  std::printf("largest deviation: %.2e (%s)\n", worst, worst_name.c_str());
}

/// Steps of AdamW, written out as the paper has them (Loshchilov and Hutter 2019, algorithm 2),
/// have the losses of a golden. `adamw`: its settings; `loss()`: of the model as it is.
template <typename ComputeLoss>
void expect_adamw_losses(nn::Module& model, const Json& adamw, const at::Tensor& losses,
                         const ComputeLoss& loss) {
  const double lr = adamw.at("lr"), eps = adamw.at("eps"), decay = adamw.at("weight_decay"),
               beta1 = adamw.at("betas")[0], beta2 = adamw.at("betas")[1];
  std::map<std::string, std::pair<at::Tensor, at::Tensor>> moments;
  double worst = 0;
  for (int step = 0; step < losses.size(0); ++step) {
    model.zero_grad();
    const at::Tensor value = loss();
    value.backward();
    const double want = losses[step].item<double>();
    EXPECT_NEAR(value.item<double>(), want, 1e-4 * std::abs(want)) << "step " << step;
    worst = std::max(worst, std::abs(value.item<double>() - want) / std::abs(want));
    const at::NoGradGuard no_grad;
    for (const auto& item : model.named_parameters()) {
      auto& [m, v] = moments[item.name];
      at::Tensor p = item.tensor;
      const at::Tensor g = p.grad();
      m = m.defined() ? m * beta1 + g * (1 - beta1) : g * (1 - beta1);
      v = v.defined() ? v * beta2 + g * g * (1 - beta2) : g * g * (1 - beta2);
      p.mul_(1 - lr * decay);
      p.sub_(lr * (m / (1 - std::pow(beta1, step + 1))) /
             ((v / (1 - std::pow(beta2, step + 1))).sqrt() + eps));
    }
  }
  std::printf("largest deviation of a loss: %.2e\n", worst);
}

}  // namespace attune
