#pragma once

#include <span>
#include <vector>

#include "attune/kernels/optim.h"
#include "attune/train/optim/optimizer.h"

namespace attune {

/// Adam, and with decoupled weight decay AdamW (torch.optim.Adam, torch.optim.AdamW). One pass over
/// parameter, gradient and both moments. Blocks of a parameter that never had a gradient (rows of
/// an embedding table whose tokens do not occur) have zero moments and do not move: they cost
/// reading the gradient alone.
class Adam : public Optimizer {
 public:
  struct Settings {
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    bool decoupled_decay = true;  ///< AdamW
  };
  Adam(std::vector<ParameterGroup> groups, const Settings& settings);

 protected:
  std::vector<at::Tensor> make_buffers(const at::Tensor& parameter) const override;
  void update(std::span<Update> updates, double grad_scale) override;
  void update_by_tensors(const Update& update, double grad_scale) override;

 private:
  AdamStep coefficients(const Update& update, double grad_scale) const;
  Settings settings_;
};

/// Stochastic gradient descent with momentum (torch.optim.SGD: dampening 0, no Nesterov).
class Sgd : public Optimizer {
 public:
  Sgd(std::vector<ParameterGroup> groups, double momentum);

 protected:
  std::vector<at::Tensor> make_buffers(const at::Tensor& parameter) const override;
  void update(std::span<Update> updates, double grad_scale) override;
  void update_by_tensors(const Update& update, double grad_scale) override;

 private:
  double momentum_;
};

}  // namespace attune
