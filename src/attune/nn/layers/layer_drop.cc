#include "attune/nn/layers/layer_drop.h"

#include "attune/base/error.h"
#include "attune/base/rng.h"

namespace attune::nn {

LayerDrop::LayerDrop(double p) : p_(p) {
  check(p >= 0.0 && p <= 1.0, ErrorKind::user, "layerdrop is {}, expected 0 to 1", p);
}

bool LayerDrop::drops() const {
  return is_training() && p_ > 0.0 && Rng(key(), "layer drop").uniform(0) < p_;
}

}  // namespace attune::nn
