#include "attune/nn/layers/dropout.h"

#include "attune/base/error.h"

namespace attune::nn {

Dropout::Dropout(double p) : p_(p) {
  check(p >= 0.0 && p < 1.0, ErrorKind::user, "dropout probability {} is not in [0, 1)", p);
}

KeyedDropout Dropout::spec() const {
  if (!is_training() || p_ == 0.0) return {};
  return {.p = p_, .key = key()};
}

}  // namespace attune::nn
