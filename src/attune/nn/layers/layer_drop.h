#pragma once

#include "attune/nn/noise.h"

namespace attune::nn {

/// Leaves a layer out at random in training (Fan et al. 2020, arXiv 1909.11556, section 3.2): where
/// it says so, the layer's input goes on as its output, for the whole batch and without rescaling.
/// In evaluation mode, or with p = 0, it never does and needs no NoiseScope.
class LayerDrop : public Noisy {
 public:
  /// Throws `user` unless 0 <= p <= 1.
  explicit LayerDrop(double p);

  /// Whether the layer is left out now: the same for every call of a step.
  bool drops() const;

 private:
  double p_;
};

}  // namespace attune::nn
