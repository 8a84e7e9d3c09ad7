#include "attune/nn/layers/dropout.h"

#include "attune/base/error.h"
#include "attune/nn/noise.h"

namespace attune::nn {

Dropout::Dropout(double p) : p_(p) {
  check(p >= 0.0 && p < 1.0, ErrorKind::user, "dropout probability {} is not in [0, 1)", p);
}

KeyedDropout Dropout::spec() const {
  if (!is_training() || p_ == 0.0) return {};
  // All modules without a site would draw one and the same mask.
  check(site >= 0, ErrorKind::internal,
        "a Dropout module has no site: its model's constructor must call assign_dropout_sites");
  return {.p = p_, .key = NoiseScope::key(site)};
}

}  // namespace attune::nn
