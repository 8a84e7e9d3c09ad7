#pragma once

#include "attune/kernels/dropout.h"
#include "attune/nn/noise.h"

namespace attune::nn {

/// Dropout with masks keyed by the NoiseScope and the module's site. In evaluation mode, or with
/// p = 0, it is the identity and needs no scope.
class Dropout : public Noisy {
 public:
  /// Throws `user` unless 0 <= p < 1.
  explicit Dropout(double p);

  at::Tensor forward(const at::Tensor& x) const { return attune::dropout(x, spec()); }

  /// What a fused kernel needs to apply this module itself; inactive in evaluation mode.
  KeyedDropout spec() const;

 private:
  double p_;
};

}  // namespace attune::nn
