#pragma once

#include <span>
#include <vector>

#include "attune/train/optim/optimizer.h"

namespace attune {

/// Adafactor (Shazeer and Stern 2018) as transformers' `Adafactor(scale_parameter=False,
/// relative_step=False)`, what its Trainer uses: the learning rate is the schedule's, the second
/// moment of a matrix is kept as a row and a column mean, there is no first moment.
class Adafactor : public Optimizer {
 public:
  explicit Adafactor(std::vector<ParameterGroup> groups);

 protected:
  std::vector<at::Tensor> make_buffers(const at::Tensor& parameter) const override;
  void update(std::span<Update> updates, double grad_scale) override;
  void update_by_tensors(const Update& update, double grad_scale) override;
};

}  // namespace attune
